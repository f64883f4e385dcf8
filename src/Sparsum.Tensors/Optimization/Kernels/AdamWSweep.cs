using System.Buffers;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>
/// The sweep over one parameter: each row is updated, if there is a step to take, and looked at while it is in cache. Sums over columns are
/// kept per piece and added in the order of the pieces, so threads do not matter.
/// </summary>
internal sealed unsafe class AdamWSweep : PoolJob
{
    private readonly Tensor weight;
    private readonly SweepStatistics? statistics;
    private readonly int rowsPerPiece;
    private float* columnSums;

    /// <summary>Prepares a sweep.</summary>
    /// <param name="weight">The parameter; a tensor of one dimension is a single row.</param>
    /// <param name="statistics">Filled from the weight as written, if given.</param>
    public AdamWSweep(Tensor weight, SweepStatistics? statistics)
    {
        (this.weight, this.statistics) = (weight, statistics);
        rowsPerPiece = Ranges.RowsPerPiece(weight.Columns);
    }

    /// <summary>The step to take; null to look only.</summary>
    public AdamWUpdate? Update { get; init; }

    private int Pieces => (weight.RowCount + rowsPerPiece - 1) / rowsPerPiece;

    /// <summary>Runs the sweep.</summary>
    public void Run(WorkerPool pool)
    {
        if (statistics is not { GathersColumns: true })
        {
            pool.For(Pieces, this);
            return;
        }

        int length = Pieces * 2 * weight.Columns;
        float[] sums = ArrayPool<float>.Shared.Rent(length);
        Array.Clear(sums, 0, length);
        fixed (float* pointer = sums)
        {
            columnSums = pointer;
            pool.For(Pieces, this);
        }

        AddPieces(sums, statistics);
        ArrayPool<float>.Shared.Return(sums);
    }

    /// <inheritdoc/>
    public override void Execute(int piece, int worker)
    {
        int width = weight.Columns;
        int end = Math.Min(weight.RowCount, (piece + 1) * rowsPerPiece);
        float* sums = columnSums is null ? null : columnSums + ((long)piece * 2 * width);
        fixed (float* coefficients = Update?.ColumnCoefficients)
        {
            for (int row = piece * rowsPerPiece; row < end; row++)
            {
                Update?.Run(row, coefficients);
                if (statistics is not null)
                {
                    var kernel = new MagnitudeKernel(weight.Pointer + ((long)row * width), width, statistics.Epsilon, sums);
                    (statistics.RowSums[row], statistics.RowNearZero[row]) = kernel.Compute();
                }
            }
        }
    }

    private void AddPieces(ReadOnlySpan<float> sums, SweepStatistics into)
    {
        int width = weight.Columns;
        for (int column = 0; column < width; column++)
        {
            double sum = 0;
            double count = 0;
            for (int piece = 0; piece < Pieces; piece++)
            {
                sum += sums[(piece * 2 * width) + column];
                count += sums[(((piece * 2) + 1) * width) + column];
            }

            (into.ColumnSums[column], into.ColumnNearZero[column]) = (sum, (int)count);
        }
    }
}
