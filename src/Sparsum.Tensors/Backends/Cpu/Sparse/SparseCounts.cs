namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>
/// Counts, chunk by chunk, how much of a weight <c>[rows, columns]</c> has to be stored: as rows, and as groups of rows that share their
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

    /// <summary>Share of the values stored in groups that must be nonzero, so that rows which do not quite keep to a pattern still count as groups.</summary>
    private const double LeastFilled = 0.75;

    private readonly long[] inRows;
    private readonly long[] inGroups;

    /// <summary>Counts.</summary>
    public SparseCounts(Tensor weight, WorkerPool pool)
    {
        int chunks = GemmPass.CeilingDivide(weight.RowCount, SparseWeight.ChunkRows);
        bool hasGroups = weight.RowCount % SparseWeight.GroupRows == 0;
        inRows = new long[chunks];
        inGroups = new long[chunks];
        pool.For(chunks, (chunk, _) =>
        {
            // A few rows at a time, which are still in cache when they are counted again.
            int end = Math.Min(weight.RowCount, (chunk + 1) * SparseWeight.ChunkRows);
            for (int row = chunk * SparseWeight.ChunkRows; row < end; row += SparseWeight.GroupRows)
            {
                inRows[chunk] += SparseLines.CountUsed(weight, row, Math.Min(SparseWeight.GroupRows, end - row), 1);
                inGroups[chunk] += hasGroups ? SparseLines.CountUsed(weight, row, SparseWeight.GroupRows, SparseWeight.GroupRows) : 0;
            }
        });

        long nonzeros = inRows.Sum();
        long grouped = SparseWeight.GroupRows * inGroups.Sum();
        Form = hasGroups && grouped <= MostStoredInGroups * weight.Length && nonzeros >= LeastFilled * grouped ? SparseForm.Groups
            : nonzeros <= MostNonzerosInRows * weight.Length ? SparseForm.Rows
            : SparseForm.Panels;
    }

    /// <summary>How the weight is best multiplied.</summary>
    public SparseForm Form { get; }

    /// <summary>For each chunk how many columns its lines have, where a line is a row, or a group of rows.</summary>
    /// <param name="lineRows">Rows of a line: 1 or <see cref="SparseWeight.GroupRows"/>.</param>
    public IReadOnlyList<long> InLines(int lineRows) => lineRows == 1 ? inRows : inGroups;
}
