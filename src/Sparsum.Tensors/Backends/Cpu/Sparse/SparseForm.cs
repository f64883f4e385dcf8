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
        pool.For(GemmPass.CeilingDivide(weight.RowCount, step), (piece, _) =>
        {
            int start = piece * step;
            int rows = Math.Min(step, weight.RowCount - start);
            Interlocked.Add(ref nonzeros, SparseLines.CountUsed(weight, start, rows, 1));
            if (hasGroups)
            {
                Interlocked.Add(ref grouped, GroupRows * SparseLines.CountUsed(weight, start, rows, GroupRows));
            }
        });

        return hasGroups && grouped <= MostStoredInGroups * weight.Length && nonzeros >= LeastFilled * grouped ? SparseForm.Groups
            : nonzeros <= MostNonzerosInRows * weight.Length ? SparseForm.Rows
            : SparseForm.Panels;
    }
}
