using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Checkpoints;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Methods.SparseGpt;

/// <summary>
/// The sweep of SparseGPT over the columns of one layer (Frantar and Alistarh 2023, algorithm 1). The weight lies transposed meanwhile, so
/// that a slab of columns is contiguous and what a slab does to all later columns is one matrix product. Within a slab rows are
/// independent and go through tiles in double precision.
/// </summary>
internal sealed class ColumnSweep : IDisposable
{
    private readonly Tensor weight;
    private readonly InputHessian hessian;
    private readonly InverseFactor factor;
    private readonly LayerTarget target;
    private readonly int blockSize;
    private readonly int blockRows;
    private readonly QuantizedGrid? grid;
    private readonly IBackend backend;
    private readonly Tensor transposed;
    private readonly Tensor errors;
    private readonly Tensor factorRows;
    private readonly bool[]? wasZero;

    /// <summary>Prepares the sweep over a weight <c>[R, C]</c>.</summary>
    public ColumnSweep(
        Tensor weight,
        InputHessian hessian,
        InverseFactor factor,
        LayerTarget target,
        int blockSize,
        int blockRows,
        QuantizedGrid? grid,
        IBackend backend)
    {
        this.weight = weight;
        this.hessian = hessian;
        this.factor = factor;
        this.target = target;
        this.blockSize = Math.Min(blockSize, weight.Columns);
        this.blockRows = blockRows;
        this.grid = grid;
        this.backend = backend;
        transposed = Tensor.Allocate(weight.Columns, weight.RowCount);
        errors = Tensor.Allocate(this.blockSize, weight.RowCount);
        factorRows = Tensor.Allocate(this.blockSize * weight.Columns, 1);
        Transposition.Transpose(weight, transposed, backend.Threads);
        wasZero = Zeros.Count(weight) == 0 ? null : MarkZeros(transposed);
    }

    /// <summary>Prunes and updates the weight.</summary>
    public void Run()
    {
        for (int c = 0; c < factor.Size; c++)
        {
            if (hessian.Diagonal[c] == 0)
            {
                transposed.Row(c).Clear();
            }
        }

        for (int start = 0; start < factor.Size; start += blockSize)
        {
            int width = Math.Min(blockSize, factor.Size - start);
            FindScales(start);
            var slab = new ColumnBlock(transposed.Rows(start, width), errors.Rows(0, width), Factor(start, width))
            {
                WasZero = wasZero.AsMemory(start * (wasZero is null ? 0 : weight.RowCount)),
                BlockRows = blockRows,
                Grid = grid,
                FindsScales = ScaleWidth < blockSize,
                FirstColumn = start,
                Threads = backend.Threads,
            };
            if (target.Pattern is { } pattern)
            {
                slab.Prune(pattern);
            }
            else
            {
                slab.Prune(target.Ratio);
            }

            UpdateLater(start + width, start, width);
        }

        Transposition.Transpose(transposed, weight, backend.Threads);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        transposed.Dispose();
        errors.Dispose();
        factorRows.Dispose();
    }

    private int ScaleWidth => grid?.Quantization.WidthOf(factor.Size) ?? 0;

    /// <summary>
    /// The scales of groups as wide as a column block or wider, where one begins: from the weights as they are then, as those of a row are
    /// before anything is pruned.
    /// </summary>
    private void FindScales(int start)
    {
        int size = ScaleWidth;
        if (grid is null || size < blockSize || start % size != 0)
        {
            return;
        }

        int end = Math.Min(start + size, factor.Size);
        Parallel.For(0, weight.RowCount, new ParallelOptions { MaxDegreeOfParallelism = backend.Threads }, row =>
        {
            float extreme = 0;
            for (int c = start; c < end; c++)
            {
                float value = transposed.Row(c)[row];
                extreme = MathF.Abs(value) > MathF.Abs(extreme) ? value : extreme;
            }

            grid.Row(row)[start / size] = grid.Quantization.Scale(extreme);
        });
    }

    /// <summary>The part of <c>U</c> within a slab, row by row from the diagonal on.</summary>
    private double[][] Factor(int start, int width) =>
        [.. Enumerable.Range(0, width).Select(i => factor.Row(start + i)[..(width - i)].ToArray())];

    /// <summary><c>W[:, first..] -= E · U[start.., first..]</c>.</summary>
    private void UpdateLater(int first, int start, int width)
    {
        int columns = factor.Size - first;
        if (columns == 0)
        {
            return;
        }

        var rows = factorRows.Rows(0, width * columns).Reshape(width, columns);
        for (int i = 0; i < width; i++)
        {
            TensorPrimitives.ConvertTruncating<double, float>(factor.Row(start + i)[(first - start - i)..], rows.Row(i));
        }

        backend.MatMul(MatrixProduct.TN, rows, errors.Rows(0, width), transposed.Rows(first, columns), accumulate: true);
    }

    private static bool[] MarkZeros(Tensor transposed)
    {
        var marks = new bool[transposed.Length];
        for (int c = 0; c < transposed.RowCount; c++)
        {
            var column = transposed.Row(c);
            for (int r = 0; r < column.Length; r++)
            {
                marks[((long)c * column.Length) + r] = column[r] == 0;
            }
        }

        return marks;
    }
}
