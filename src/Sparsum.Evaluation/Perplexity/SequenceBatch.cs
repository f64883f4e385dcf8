using Sparsum.Transformers.Layers;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>Sequences that go through the model together, padded on the right to the longest.</summary>
internal sealed class SequenceBatch
{
    private SequenceBatch(IReadOnlyList<int[]> sequences, int[] indices)
    {
        Indices = indices;
        int length = indices.Max(index => sequences[index].Length);
        int[] ids = new int[indices.Length * length];
        byte[] mask = new byte[ids.Length];
        for (int row = 0; row < indices.Length; row++)
        {
            var sequence = sequences[indices[row]];
            int start = row * length;
            sequence.CopyTo(ids, start);
            mask.AsSpan(start, sequence.Length).Fill(1);
        }

        Tokens = new TokenBatch(ids, indices.Length, mask.Contains((byte)0) ? mask : null);
    }

    /// <summary>Which sequence each row is.</summary>
    public int[] Indices { get; }

    /// <summary>The input.</summary>
    public TokenBatch Tokens { get; }

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
