using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// A weight in 16 or 8 bits per number. Token-by-token generation is bound by reading weights, so fewer bits are more speed there. Long
/// inputs gain nothing: they widen blocks of rows and multiply those.
/// </summary>
internal abstract unsafe class LowPrecisionWeight(int rows, int columns, StorageType storage) : CpuWeight(rows, columns, storage)
{
    /// <summary>Inputs up to which the dot products cost less than widening and packing.</summary>
    private const int MostSingleProducts = 4;

    /// <summary>Floats of a widened block: 2 MiB.</summary>
    private const int BlockLength = 1 << 19;

    /// <summary>The rows.</summary>
    protected abstract RowStore Store { get; }

    /// <summary>Floats of a widened row.</summary>
    protected int WidenedLength => (Columns + Reduction.Lanes - 1) / Reduction.Lanes * Reduction.Lanes;

    /// <inheritdoc/>
    public override void Multiply(Tensor input, Tensor output, WorkerPool pool, bool rowwise = false)
    {
        if (rowwise || input.RowCount <= MostSingleProducts)
        {
            MultiplySingly(input, output, pool);
        }
        else
        {
            MultiplyWidened(input, output, pool);
        }
    }

    /// <summary>Products of a few inputs, row by row.</summary>
    protected abstract void MultiplySingly(Tensor input, Tensor output, WorkerPool pool);

    /// <summary>Writes a row as floats.</summary>
    protected abstract void Widen(int row, byte* stored, float* values);

    /// <summary>Products of many inputs, by way of float32.</summary>
    protected virtual void MultiplyWidened(Tensor input, Tensor output, WorkerPool pool)
    {
        int block = Math.Clamp(BlockLength / Math.Max(1, Columns) / 48 * 48, 96, 192);
        var workers = WorkerScratch.ForEach(pool);
        try
        {
            pool.For((Rows + block - 1) / block, (piece, worker) =>
                MultiplyBlock(input, output, piece * block, Math.Min(block, Rows - (piece * block)), workers[worker]));
        }
        finally
        {
            Array.ForEach(workers, scratch => scratch.Dispose());
        }
    }

    /// <summary>Runs <paramref name="use"/> for every row, on all threads, with room for some floats.</summary>
    protected void ForRows(WorkerPool pool, int roomFloats, UseRow use) =>
        Ranges.For(pool, Rows, Store.RowBytes / sizeof(float), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (start, count) =>
        {
            using var room = new NativeBuffer(Store.RowBytes + ((long)roomFloats * sizeof(float)));
            for (int row = (int)start; row < start + count; row++)
            {
                byte* stored = Store.Read(row, (byte*)room.Pointer);
                use(row, stored, Store.Ahead(row, stored), (float*)((byte*)room.Pointer + Store.RowBytes));
            }
        });

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Store.Dispose();

    private void MultiplyBlock(Tensor input, Tensor output, int firstRow, int rows, WorkerScratch scratch)
    {
        int width = WidenedLength;
        float* block = scratch.Floats(((long)rows * width) + (Store.RowBytes / sizeof(float)));
        byte* room = (byte*)(block + ((long)rows * width));
        for (int row = 0; row < rows; row++)
        {
            Widen(firstRow + row, Store.Read(firstRow + row, room), block + ((nint)row * width));
        }

        Gemm.RunSingle(
            MatrixProduct.NT, input.RowCount, rows, Columns,
            input.Pointer, Columns, block, width, output.Pointer + firstRow, Rows, false, scratch.Gemm);
    }

    /// <summary>What is done with a row.</summary>
    protected delegate void UseRow(int row, byte* stored, byte* ahead, float* room);
}
