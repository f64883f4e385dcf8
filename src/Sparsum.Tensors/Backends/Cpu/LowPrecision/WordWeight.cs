using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>A weight in 16 bits per number, two to a word.</summary>
internal abstract unsafe class WordWeight<TFormat> : LowPrecisionWeight
    where TFormat : IWordFormat
{
    /// <summary>Floats of a widened block: 2 MiB.</summary>
    private const int BlockLength = 1 << 19;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight"><c>[rows, columns]</c>.</param>
    /// <param name="storage">What <typeparamref name="TFormat"/> is called.</param>
    /// <param name="leavesZerosOut">Whether zeros take no room.</param>
    /// <param name="pool">Where to do it.</param>
    /// <exception cref="ArgumentException">The format cannot hold a value.</exception>
    protected WordWeight(Tensor weight, StorageType storage, bool leavesZerosOut, WorkerPool pool)
        : base(weight.RowCount, weight.Columns, storage)
    {
        for (int row = 0; row < Rows && TFormat.Largest < float.PositiveInfinity; row++)
        {
            float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(weight.Row(row)));
            if (!(largest <= TFormat.Largest))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"{storage} cannot hold {largest}, the largest magnitude in row {row} of {weight}."),
                    nameof(weight));
            }
        }

        Store = new RowStore(
            Rows, WordsPerRow * IWordFormat.Parts, sizeof(ushort), leavesZerosOut, (row, target) => Encode(weight.Row(row), (uint*)target), pool);
    }

    /// <inheritdoc/>
    public override long ByteCount => Store.ByteCount;

    /// <inheritdoc/>
    protected override RowStore Store { get; }

    /// <summary>Floats of a widened row.</summary>
    private int WidenedLength => (Columns + Reduction.Lanes - 1) / Reduction.Lanes * Reduction.Lanes;

    private int WordsPerRow => (WidenedLength + (IWordFormat.Parts * Reduction.Lanes) - 1) / (IWordFormat.Parts * Reduction.Lanes) * Reduction.Lanes;

    /// <inheritdoc/>
    protected override void MultiplySingly(Tensor input, Tensor output, WorkerPool pool) =>
        ForRows(pool, 0, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (row, stored, ahead, _) => Kernel.Run(new RowProductKernel<TFormat>(
            input.Pointer, input.RowCount, Columns, (uint*)stored, ahead, output.Pointer + row, Rows)));

    /// <summary>Products of many inputs, by way of float32.</summary>
    protected override void MultiplyMany(Tensor input, Tensor output, WorkerPool pool)
    {
        int block = Math.Clamp(BlockLength / Math.Max(1, Columns) / 48 * 48, 96, 192);
        var workers = WorkerScratch.ForEach(pool, InstructionSets.Best);
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

    private void MultiplyBlock(Tensor input, Tensor output, int firstRow, int rows, WorkerScratch scratch)
    {
        int width = WidenedLength;
        float* block = scratch.Floats(((long)rows * width) + (Store.RowBytes / sizeof(float)));
        byte* room = (byte*)(block + ((long)rows * width));
        for (int row = 0; row < rows; row++)
        {
            Kernel.Run(new WidenKernel<TFormat>(
                (uint*)Store.Read(firstRow + row, room), block + ((nint)row * width), width / Reduction.Lanes));
        }

        Gemm.RunSingle(
            MatrixProduct.NT, input.RowCount, rows, Columns,
            input.Pointer, Columns, block, width, output.Pointer + firstRow, Rows, false, scratch.Gemm);
    }

    private void Encode(ReadOnlySpan<float> values, uint* row)
    {
        new Span<uint>(row, WordsPerRow).Clear();
        for (int column = 0; column < values.Length; column++)
        {
            var (unit, lane) = Math.DivRem(column, Reduction.Lanes);
            row[(unit / IWordFormat.Parts * Reduction.Lanes) + lane] |= TFormat.Encode(values[column]) << (16 * (unit % IWordFormat.Parts));
        }
    }
}
