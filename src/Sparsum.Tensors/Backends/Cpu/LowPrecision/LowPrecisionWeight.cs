using System.Runtime.CompilerServices;
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

    /// <summary>The rows.</summary>
    protected abstract RowStore Store { get; }

    /// <inheritdoc/>
    public override void Multiply(Tensor input, Tensor output, WorkerPool pool, bool rowwise = false)
    {
        if (rowwise || input.RowCount <= MostSingleProducts)
        {
            MultiplySingly(input, output, pool);
        }
        else
        {
            MultiplyMany(input, output, pool);
        }
    }

    /// <summary>Products of a few inputs, row by row.</summary>
    protected abstract void MultiplySingly(Tensor input, Tensor output, WorkerPool pool);

    /// <summary>Products of many inputs.</summary>
    protected abstract void MultiplyMany(Tensor input, Tensor output, WorkerPool pool);

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

    /// <summary>What is done with a row.</summary>
    protected delegate void UseRow(int row, byte* stored, byte* ahead, float* room);
}
