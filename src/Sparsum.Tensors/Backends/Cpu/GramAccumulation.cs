using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Memory;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// The lower triangle of <c>Xᵀ·X</c>, a band of rows at a time: each is a product of its own, of which only the columns up to the band's
/// end are computed, and is added to sums in double precision while it is still in cache.
/// </summary>
internal sealed unsafe class GramAccumulation(WorkerPool pool, PooledGemm gemm) : IDisposable
{
    /// <summary>Rows of a band: high enough for a fast product, and few enough that little above the diagonal is computed for nothing.</summary>
    private const int Band = 288;

    private readonly Lock callers = new();
    private readonly ScratchBuffer scratch = new();

    /// <summary>Adds the products of an input's columns.</summary>
    public void Add(Tensor input, DoubleMatrix sums, InstructionSet instructionSet)
    {
        using var turn = callers.EnterScope();
        int width = input.Columns;
        float* x = input.Pointer;
        float* products = scratch.Floats((long)Math.Min(Band, width) * width);
        for (int first = 0; first < width; first += Band)
        {
            int rows = Math.Min(Band, width - first);
            int columns = first + rows;
            gemm.Run(new GemmProblem
            {
                Kernel = MicroKernel.For(instructionSet, columns),
                Rows = rows,
                Columns = columns,
                Depth = input.RowCount,
                A = GemmOperand.Left(MatrixProduct.TN, x + first, width),
                B = GemmOperand.Right(MatrixProduct.TN, x, width),
                C = products,
                CStride = columns,
            });
            double* target = sums.Pointer + ((long)first * width);
            int start = first;
            Ranges.For(pool, rows, columns, (row, count) =>
            {
                for (long i = row; i < row + count; i++)
                {
                    ColumnSums.Add(products + (i * columns), 0, 1, (nint)(start + i + 1), target + (i * width));
                }
            });
        }
    }

    /// <inheritdoc/>
    public void Dispose() => scratch.Dispose();
}
