namespace Sparsum.Transformers.Layers;

/// <summary>Token ids of a batch of sequences of equal length, row by row, with their padding mask and positions.</summary>
public sealed class TokenBatch
{
    /// <summary>Creates a batch.</summary>
    /// <param name="inputIds"><c>[batch * length]</c>.</param>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="attentionMask"><c>[batch * length]</c>, 1 for tokens and 0 for padding; null when there is no padding.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public TokenBatch(int[] inputIds, int batch, byte[]? attentionMask = null)
    {
        if (batch < 1 || inputIds.Length % batch != 0 || (attentionMask is not null && attentionMask.Length != inputIds.Length))
        {
            throw new ArgumentException(
                $"{inputIds.Length} ids and {attentionMask?.Length ?? inputIds.Length} mask values do not form {batch} sequences.");
        }

        InputIds = inputIds;
        Batch = batch;
        AttentionMask = attentionMask;
    }

    /// <summary>Sequences padded on the right to the longest among them; without a mask where all are of one length.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static TokenBatch Pad(IReadOnlyList<int[]> sequences, int paddingToken)
    {
        int length = sequences.Select(sequence => sequence.Length).DefaultIfEmpty(0).Max();
        var ids = new int[sequences.Count * length];
        var mask = new byte[ids.Length];
        Array.Fill(ids, paddingToken);
        for (int row = 0; row < sequences.Count; row++)
        {
            sequences[row].CopyTo(ids, row * length);
            mask.AsSpan(row * length, sequences[row].Length).Fill(1);
        }

        return new TokenBatch(ids, sequences.Count, Array.IndexOf(mask, (byte)0) < 0 ? null : mask);
    }

    /// <summary>Token ids <c>[batch * length]</c>.</summary>
    public int[] InputIds { get; }

    /// <summary>Number of sequences.</summary>
    public int Batch { get; }

    /// <summary>Tokens per sequence.</summary>
    public int Length => InputIds.Length / Batch;

    /// <summary>1 for tokens and 0 for padding, <c>[batch * length]</c>; null when there is no padding.</summary>
    public byte[]? AttentionMask { get; }

    /// <summary>
    /// Explicit positions <c>[batch * length]</c>; null lets the architecture choose: 0, 1, 2, … in every row, or for OPT the running
    /// count of the mask.
    /// </summary>
    public int[]? Positions { get; init; }

    /// <summary>Segment of each token <c>[batch * length]</c>, for models that embed it (BERT); null means 0 everywhere.</summary>
    public int[]? TokenTypeIds { get; init; }

    /// <summary>
    /// What the decoder reads, for models that have an encoder too: as many sequences, of a length of their own. Null elsewhere.
    /// </summary>
    public TokenBatch? Target { get; init; }

    /// <summary>The same source with a target.</summary>
    public TokenBatch With(TokenBatch target) => new(InputIds, Batch, AttentionMask)
    {
        Positions = Positions,
        TokenTypeIds = TokenTypeIds,
        Target = target,
    };
}
