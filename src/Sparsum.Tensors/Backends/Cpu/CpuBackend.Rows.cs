using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <summary>Columns per piece: 2 KiB of each row, and sums that stay in the first-level cache while the rows pass by.</summary>
    private const int ColumnsPerPiece = 512;

    /// <inheritdoc/>
    public void Softmax(Tensor rows)
    {
        int width = rows.Columns;
        Ranges.For(pool, rows.RowCount, width, (start, count) =>
            Kernel.Run(new SoftmaxKernel(rows.Pointer + (start * width), (nint)count, width)));
    }

    /// <inheritdoc/>
    public void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, Span<double> losses, float smoothing = 0)
    {
        int width = logits.Columns;
        ShapeChecks.Count(nameof(CrossEntropy), "losses", losses.Length, logits.RowCount, logits);
        CheckTargets(logits, targets);
        fixed (int* target = targets)
        fixed (double* loss = losses)
        {
            var (t, l) = ((nint)target, (nint)loss);
            Ranges.For(pool, logits.RowCount, width, (start, count) => Kernel.Run(new CrossEntropyKernel(
                logits.Pointer + (start * width), (int*)t + start, (double*)l + start, (nint)count, width, smoothing)));
        }
    }

    /// <inheritdoc/>
    public void AddColumnSquareSums(Tensor input, Span<double> sums)
    {
        int width = input.Columns;
        int rows = input.RowCount;
        ShapeChecks.Count(nameof(AddColumnSquareSums), "sums", sums.Length, width, input);
        fixed (double* sum = sums)
        {
            nint s = (nint)sum;
            pool.For((width + ColumnsPerPiece - 1) / ColumnsPerPiece, (piece, _) =>
            {
                int first = piece * ColumnsPerPiece;
                ColumnSquares.Add(input.Pointer + first, width, rows, Math.Min(ColumnsPerPiece, width - first), (double*)s + first);
            });
        }
    }

    /// <inheritdoc/>
    public void AddColumnSums(Tensor input, Span<double> sums)
    {
        int width = input.Columns;
        int rows = input.RowCount;
        ShapeChecks.Count(nameof(AddColumnSums), "sums", sums.Length, width, input);
        fixed (double* sum = sums)
        {
            nint s = (nint)sum;
            pool.For((width + ColumnsPerPiece - 1) / ColumnsPerPiece, (piece, _) =>
            {
                int first = piece * ColumnsPerPiece;
                ColumnSums.Add(input.Pointer + first, width, rows, Math.Min(ColumnsPerPiece, width - first), (double*)s + first);
            });
        }
    }

    /// <inheritdoc/>
    public void AddGram(Tensor input, DoubleMatrix sums)
    {
        ShapeChecks.Count(nameof(AddGram), "rows of sums", sums.Rows, input.Columns, input);
        ShapeChecks.Count(nameof(AddGram), "columns of sums", sums.Columns, input.Columns, input);
        gram.Add(input, sums, instructionSet);
    }

    private static void CheckTargets(Tensor logits, ReadOnlySpan<int> targets)
    {
        ShapeChecks.Count(nameof(CrossEntropy), "targets", targets.Length, logits.RowCount, logits);
        for (int row = 0; row < targets.Length; row++)
        {
            if ((uint)targets[row] >= (uint)logits.Columns && targets[row] != CrossEntropyKernel.Skipped)
            {
                throw new ArgumentException(
                    $"Target {targets[row]} of row {row} is no column of {logits} and not {CrossEntropyKernel.Skipped}, which skips.",
                    nameof(targets));
            }
        }
    }
}
