using System.Buffers;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>Squares of one parameter's gradient, row by row, and then their sum in the order of the rows.</summary>
/// <param name="weight">The parameter.</param>
/// <param name="gradient">The task's gradient.</param>
/// <param name="penalty">A penalty that is part of the gradient, if any.</param>
internal sealed unsafe class SquaresSweep(Tensor weight, Tensor gradient, FusedPenalty? penalty) : PoolJob
{
    private readonly int rowsPerPiece = Ranges.RowsPerPiece(weight.Columns);
    private GradientSquares[] squares = [];

    /// <summary>Runs the sweep.</summary>
    public GradientSquares Run(WorkerPool pool)
    {
        squares = ArrayPool<GradientSquares>.Shared.Rent(weight.RowCount);
        pool.For((weight.RowCount + rowsPerPiece - 1) / rowsPerPiece, this);
        var sum = default(GradientSquares);
        foreach (var row in squares.AsSpan(0, weight.RowCount))
        {
            sum += row;
        }

        ArrayPool<GradientSquares>.Shared.Return(squares);
        return sum;
    }

    /// <inheritdoc/>
    public override void Execute(int piece, int worker)
    {
        int width = weight.Columns;
        int end = Math.Min(weight.RowCount, (piece + 1) * rowsPerPiece);
        fixed (float* columns = penalty?.ColumnCoefficients)
        {
            for (int row = piece * rowsPerPiece; row < end; row++)
            {
                long start = (long)row * width;
                var kernel = new SquaresKernel(
                    weight.Pointer + start, gradient.Pointer + start, columns, penalty?.RowCoefficients?[row] ?? 0, width, penalty is not null);
                squares[row] = kernel.Compute();
            }
        }
    }
}
