namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>How a weight with many zeros is best multiplied.</summary>
internal enum SparseForm
{
    /// <summary>Its zeros are too few: all values, in panels.</summary>
    Panels,

    /// <summary>The nonzeros of each row.</summary>
    Rows,

    /// <summary>Columns of four neighbouring rows that share their pattern (4x1 blocks).</summary>
    Groups,
}

/// <summary>Chooses the form by counting.</summary>
internal static class SparseForms
{
    /// <summary>Rows of a group.</summary>
    public const int GroupRows = 4;

    /// <summary>
    /// Share of nonzeros up to which rows without zeros are clearly faster than the dense product, for 32 tokens and more. Fewer tokens
    /// need fewer nonzeros: about a fifth for 16, a seventh for one. Measured, see benchmarks/README.md.
    /// </summary>
    private const double MostNonzerosInRows = 0.35;

    /// <summary>The same for values stored in groups, which are faster for any number of tokens.</summary>
    private const double MostStoredInGroups = 0.5;

    /// <summary>Share of the values stored in groups that must be nonzero, so that rows which do not quite keep to a pattern still count as groups.</summary>
    private const double LeastFilled = 0.75;

    /// <summary>The form for a weight <c>[rows, columns]</c>.</summary>
    public static SparseForm Choose(Tensor weight, WorkerPool pool)
    {
        long nonzeros = 0;
        long grouped = 0;
        bool hasGroups = weight.RowCount % GroupRows == 0;
        int step = GroupRows * 16;
        pool.For((weight.RowCount + step - 1) / step, (piece, _) =>
        {
            int end = Math.Min(weight.RowCount, (piece + 1) * step);
            var (ownNonzeros, ownGrouped) = Count(weight, piece * step, end, hasGroups);
            Interlocked.Add(ref nonzeros, ownNonzeros);
            Interlocked.Add(ref grouped, ownGrouped);
        });

        return hasGroups && grouped <= MostStoredInGroups * weight.Length && nonzeros >= LeastFilled * grouped ? SparseForm.Groups
            : nonzeros <= MostNonzerosInRows * weight.Length ? SparseForm.Rows
            : SparseForm.Panels;
    }

    private static (long Nonzeros, long Grouped) Count(Tensor weight, int start, int end, bool hasGroups)
    {
        long nonzeros = 0;
        long grouped = 0;
        byte[] used = new byte[weight.Columns];
        for (int row = start; row < end; row++)
        {
            var values = weight.Row(row);
            for (int column = 0; column < values.Length; column++)
            {
                byte isNonzero = values[column] == 0 ? (byte)0 : (byte)1;
                nonzeros += isNonzero;
                used[column] |= isNonzero;
            }

            if (hasGroups && row % GroupRows == GroupRows - 1)
            {
                grouped += GroupRows * (long)used.AsSpan().Count((byte)1);
                used.AsSpan().Clear();
            }
        }

        return (nonzeros, grouped);
    }
}
