using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Generation;

/// <summary>Rows of tokens that grow together, padded on the left so that all end at the same place.</summary>
internal sealed class PaddedRows
{
    private readonly int promptLength;
    private int[][] rows;
    private int[] paddings;

    /// <summary>Starts from prompts.</summary>
    public PaddedRows(IReadOnlyList<int[]> prompts, int padId, int room)
    {
        Length = prompts.Max(prompt => prompt.Length);
        promptLength = Length;
        paddings = [.. prompts.Select(prompt => Length - prompt.Length)];
        rows = new int[prompts.Count][];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = new int[Length + room];
            rows[row].AsSpan(0, paddings[row]).Fill(padId);
            prompts[row].CopyTo(rows[row], paddings[row]);
        }
    }

    /// <summary>Number of rows.</summary>
    public int Count => rows.Length;

    /// <summary>Tokens per row so far, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens of the longest row so far, without padding.</summary>
    public int Longest => Length - paddings.Min();

    /// <summary>The tokens of a row so far, without padding.</summary>
    public ReadOnlySpan<int> Tokens(int row) => rows[row].AsSpan(paddings[row]..Length);

    /// <summary>How many tokens each row got since its prompt.</summary>
    public int NewLength => Length - promptLength;

    /// <summary>The tokens that a row got since its prompt.</summary>
    public ReadOnlySpan<int> NewTokens(int row) => rows[row].AsSpan(promptLength..Length);

    /// <summary>Goes on with copies of the given rows.</summary>
    public void Select(ReadOnlySpan<int> chosen)
    {
        var selected = new int[chosen.Length][];
        var selectedPaddings = new int[chosen.Length];
        for (int row = 0; row < chosen.Length; row++)
        {
            selected[row] = [.. rows[chosen[row]]];
            selectedPaddings[row] = paddings[chosen[row]];
        }

        (rows, paddings) = (selected, selectedPaddings);
    }

    /// <summary>Adds one token to each row.</summary>
    public void Append(ReadOnlySpan<int> tokens)
    {
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row][Length] = tokens[row];
        }

        Length++;
    }

    /// <summary>The tokens from <paramref name="start"/> on; positions count from each row's first real token.</summary>
    public TokenBatch From(int start)
    {
        int length = Length - start;
        var ids = new int[rows.Length * length];
        var positions = new int[ids.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row].AsSpan(start, length).CopyTo(ids.AsSpan(row * length));
            for (int i = 0; i < length; i++)
            {
                positions[(row * length) + i] = Math.Max(0, start + i - paddings[row]);
            }
        }

        return new TokenBatch(ids, rows.Length) { Positions = positions };
    }

    /// <summary><c>[rows, Length]</c>, 0 at padding; null when there is none.</summary>
    public byte[]? KeyMask()
    {
        if (paddings.All(padding => padding == 0))
        {
            return null;
        }

        var mask = new byte[rows.Length * Length];
        for (int row = 0; row < rows.Length; row++)
        {
            mask.AsSpan((row * Length) + paddings[row], Length - paddings[row]).Fill(1);
        }

        return mask;
    }
}
