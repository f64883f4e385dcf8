namespace Sparsum.Transformers.Tokenizers;

/// <summary>Encoded texts filled up to one length. All arrays are <c>[rows, length]</c>, row by row.</summary>
public sealed class BatchEncoding
{
    private BatchEncoding(int rows, int length)
    {
        (Rows, Length) = (rows, length);
        Ids = new int[rows * length];
        TypeIds = new int[rows * length];
        AttentionMask = new byte[rows * length];
    }

    /// <summary>Number of texts.</summary>
    public int Rows { get; }

    /// <summary>Ids in each row.</summary>
    public int Length { get; }

    /// <summary>Token ids.</summary>
    public int[] Ids { get; }

    /// <summary>Which text of a pair an id belongs to; 0 at padding.</summary>
    public int[] TypeIds { get; }

    /// <summary>1 at tokens, 0 at padding.</summary>
    public byte[] AttentionMask { get; }

    /// <summary>Fills texts up to the longest, or to <paramref name="length"/> if that is more.</summary>
    /// <param name="texts">The encoded texts.</param>
    /// <param name="padId">The padding id.</param>
    /// <param name="side">Where to fill up.</param>
    /// <param name="length">The least length of a row.</param>
    public static BatchEncoding Pad(IReadOnlyList<EncodedText> texts, int padId, PaddingSide side = PaddingSide.Right, int length = 0)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var batch = new BatchEncoding(texts.Count, Math.Max(length, texts.Select(text => text.Ids.Length).DefaultIfEmpty().Max()));
        batch.Ids.AsSpan().Fill(padId);
        for (int row = 0; row < texts.Count; row++)
        {
            var (ids, types) = texts[row];
            int start = (row * batch.Length) + (side == PaddingSide.Left ? batch.Length - ids.Length : 0);
            ids.CopyTo(batch.Ids, start);
            types.CopyTo(batch.TypeIds, start);
            batch.AttentionMask.AsSpan(start, ids.Length).Fill(1);
        }

        return batch;
    }
}
