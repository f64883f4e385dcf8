using Sparsum.Tensors;

namespace Sparsum.Pruning.Measures;

/// <summary>Where a matrix, or a part of it, has nonzeros.</summary>
/// <param name="LiveRows">For each row of the whole matrix whether the part has a nonzero in it.</param>
/// <param name="LiveColumns">For each column of the whole matrix whether the part has a nonzero in it.</param>
/// <param name="NonZeros">Nonzeros of the part.</param>
internal sealed record ZeroPattern(bool[] LiveRows, bool[] LiveColumns, long NonZeros)
{
    /// <summary>Looks at a matrix.</summary>
    /// <param name="weight">The whole matrix.</param>
    /// <param name="rows">Rows of the part; null means all.</param>
    /// <param name="columns">Columns of the part; null means all.</param>
    public static ZeroPattern Of(Tensor weight, IReadOnlyList<int>? rows = null, IReadOnlyList<int>? columns = null)
    {
        bool[] liveRows = new bool[weight.RowCount];
        bool[] liveColumns = new bool[weight.Columns];
        int[] chosen = [.. columns ?? [.. Enumerable.Range(0, weight.Columns)]];
        long nonZeros = 0;
        foreach (int r in rows ?? [.. Enumerable.Range(0, weight.RowCount)])
        {
            var row = weight.Row(r);
            int inRow = 0;
            foreach (int c in chosen)
            {
                if (row[c] != 0)
                {
                    liveColumns[c] = true;
                    inRow++;
                }
            }

            liveRows[r] = inRow > 0;
            nonZeros += inRow;
        }

        return new ZeroPattern(liveRows, liveColumns, nonZeros);
    }
}
