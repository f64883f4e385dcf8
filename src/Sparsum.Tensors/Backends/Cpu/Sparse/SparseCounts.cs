namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>
/// Counts, line by line, how much of a weight <c>[rows, columns]</c> has to be stored: as rows, and as groups of rows that share their
/// columns.
/// </summary>
internal sealed class SparseCounts
{
    /// <summary>
    /// Share of nonzeros up to which rows without zeros are clearly faster than the dense product, for 32 tokens and more. Fewer tokens
    /// need fewer nonzeros: about a fifth for 16, a seventh for one. Measured, see benchmarks/README.md.
    /// </summary>
    private const double MostNonzerosInRows = 0.35;

    /// <summary>The same for values stored in groups, which are faster for any number of tokens.</summary>
    private const double MostStoredInGroups = 0.5;

    /// <summary>What is left of both shares where the dense product runs in tiles, which sparse ones cannot use.</summary>
    private const double ShareBesideTiles = 0.2;

    /// <summary>Share of the values stored in groups that must be nonzero, so that rows which do not quite keep to a pattern still count as groups.</summary>
    private const double LeastFilled = 0.75;

    private readonly int[] inRows;
    private readonly int[] inGroups;

    /// <summary>Counts, to choose against the dense product of a set.</summary>
    public SparseCounts(Tensor weight, WorkerPool pool, InstructionSet set)
    {
        double share = set == InstructionSet.Tiles ? ShareBesideTiles : 1;
        bool hasGroups = weight.RowCount % SparseWeight.GroupRows == 0;
        inRows = new int[weight.RowCount];
        inGroups = new int[hasGroups ? weight.RowCount / SparseWeight.GroupRows : 0];
        int quads = GemmPass.CeilingDivide(weight.RowCount, SparseWeight.GroupRows);
        Ranges.For(pool, quads, SparseWeight.GroupRows * (long)weight.Columns, (start, count) =>
        {
            // A few rows at a time, which are still in cache when they are counted again.
            for (int quad = (int)start; quad < start + count; quad++)
            {
                int end = Math.Min(weight.RowCount, (quad + 1) * SparseWeight.GroupRows);
                for (int row = quad * SparseWeight.GroupRows; row < end; row++)
                {
                    inRows[row] = (int)SparseLines.CountUsed(weight, row, 1, 1);
                }

                if (hasGroups)
                {
                    inGroups[quad] = (int)SparseLines.CountUsed(weight, quad * SparseWeight.GroupRows, SparseWeight.GroupRows, SparseWeight.GroupRows);
                }
            }
        });

        long nonzeros = inRows.Sum(count => (long)count);
        long grouped = SparseWeight.GroupRows * inGroups.Sum(count => (long)count);
        Form = hasGroups && grouped <= share * MostStoredInGroups * weight.Length && nonzeros >= LeastFilled * grouped ? SparseForm.Groups
            : nonzeros <= share * MostNonzerosInRows * weight.Length ? SparseForm.Rows
            : SparseForm.Panels;
    }

    /// <summary>How the weight is best multiplied.</summary>
    public SparseForm Form { get; }

    /// <summary>For each line how many columns it has, where a line is a row, or a group of rows.</summary>
    /// <param name="lineRows">Rows of a line: 1 or <see cref="SparseWeight.GroupRows"/>.</param>
    public IReadOnlyList<int> InLines(int lineRows) => lineRows == 1 ? inRows : inGroups;
}
