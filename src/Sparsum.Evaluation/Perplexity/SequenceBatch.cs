using Sparsum.Transformers.Layers;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>Sequences that go through the model together, padded on the right to the longest.</summary>
internal sealed class SequenceBatch
{
    /// <summary>Target of positions that predict nothing: padding and the last token of each sequence.</summary>
    public const int NoTarget = -100;

    private SequenceBatch(IReadOnlyList<int[]> sequences, int[] indices)
    {
        Indices = indices;
        Length = indices.Max(index => sequences[index].Length);
        int[] ids = new int[indices.Length * Length];
        Targets = new int[ids.Length];
        Array.Fill(Targets, NoTarget);
        byte[] mask = new byte[ids.Length];
        for (int row = 0; row < indices.Length; row++)
        {
            var sequence = sequences[indices[row]];
            int start = row * Length;
            sequence.CopyTo(ids, start);
            sequence.AsSpan(1).CopyTo(Targets.AsSpan(start));
            mask.AsSpan(start, sequence.Length).Fill(1);
        }

        Tokens = new TokenBatch(ids, indices.Length, mask.Contains((byte)0) ? mask : null);
    }

    /// <summary>Which sequence each row is.</summary>
    public int[] Indices { get; }

    /// <summary>Tokens per row, padding included.</summary>
    public int Length { get; }

    /// <summary>The input.</summary>
    public TokenBatch Tokens { get; }

    /// <summary>The next token at every position <c>[rows * Length]</c>, or <see cref="NoTarget"/>.</summary>
    public int[] Targets { get; }

    /// <summary>
    /// Groups sequences of similar length, longest first, so that little is padded and the largest batch comes first. The order of equal
    /// lengths is kept.
    /// </summary>
    public static List<SequenceBatch> Plan(IReadOnlyList<int[]> sequences, int batchTokens)
    {
        var order = Enumerable.Range(0, sequences.Count).OrderByDescending(index => sequences[index].Length).ToArray();
        var batches = new List<SequenceBatch>();
        for (int start = 0; start < order.Length;)
        {
            int count = Math.Clamp(batchTokens / sequences[order[start]].Length, 1, order.Length - start);
            batches.Add(new SequenceBatch(sequences, order[start..(start + count)]));
            start += count;
        }

        return batches;
    }
}
