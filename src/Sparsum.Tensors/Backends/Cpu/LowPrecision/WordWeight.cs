using System.Numerics.Tensors;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// A weight in 16 or 8 bits per number. Token-by-token generation is bound by reading weights, so fewer bits are more speed there. Long
/// inputs gain nothing: they widen blocks of rows and multiply those.
/// </summary>
internal abstract unsafe class WordWeight<TFormat> : CpuWeight
    where TFormat : IWordFormat
{
    /// <summary>Inputs up to which the dot products cost less than widening and packing.</summary>
    private const int MostSingleProducts = 4;

    /// <summary>Floats of a widened block: 2 MiB.</summary>
    private const int BlockLength = 1 << 19;

    private readonly NativeBuffer words;
    private readonly float[]? scales;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight"><c>[rows, columns]</c>.</param>
    /// <param name="storage">What <typeparamref name="TFormat"/> is called.</param>
    /// <param name="scaleRows">Whether each row is divided so that its largest magnitude is the largest of the format.</param>
    /// <param name="pool">Where to do it.</param>
    /// <exception cref="ArgumentException">The format cannot hold a value.</exception>
    protected WordWeight(Tensor weight, StorageType storage, bool scaleRows, WorkerPool pool)
        : base(weight.RowCount, weight.Columns, storage)
    {
        scales = scaleRows ? new float[Rows] : null;
        for (int row = 0; row < Rows; row++)
        {
            float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(weight.Row(row)));
            if (TFormat.Largest < float.PositiveInfinity && !(largest <= (scaleRows ? float.MaxValue : TFormat.Largest)))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"{storage} cannot hold {largest}, the largest magnitude in row {row} of {weight}."),
                    nameof(weight));
            }

            if (scales is not null)
            {
                scales[row] = largest / TFormat.Largest;
            }
        }

        words = new NativeBuffer((long)Rows * WordsPerRow * sizeof(uint));
        Ranges.For(pool, Rows, Columns, (start, count) =>
        {
            for (int row = (int)start; row < start + count; row++)
            {
                Encode(weight.Row(row), scales is null ? 1 : scales[row], WordsOf(row));
            }
        });
    }

    /// <inheritdoc/>
    public override long ByteCount => words.ByteCount + ((scales?.Length ?? 0) * sizeof(float));

    private int Units => (Columns + Reduction.Lanes - 1) / Reduction.Lanes;

    private int WordsPerRow => (Units + TFormat.Parts - 1) / TFormat.Parts * Reduction.Lanes;

    /// <inheritdoc/>
    public override void Multiply(Tensor input, Tensor output, WorkerPool pool)
    {
        if (input.RowCount <= MostSingleProducts)
        {
            Ranges.For(pool, Rows, WordsPerRow, (start, count) => MultiplySingly(input, output, (int)start, (int)count));
            return;
        }

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

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => words.Dispose();

    private static void Encode(ReadOnlySpan<float> values, float scale, uint* row)
    {
        new Span<uint>(row, (values.Length + (TFormat.Parts * Reduction.Lanes) - 1) / (TFormat.Parts * Reduction.Lanes) * Reduction.Lanes).Clear();
        for (int column = 0; column < values.Length; column++)
        {
            // A subnormal scale is too coarse to keep the quotient within the format, hence the clamp.
            float value = scale == 1 ? values[column]
                : scale == 0 ? 0
                : Math.Clamp(values[column] / scale, -TFormat.Largest, TFormat.Largest);
            var (unit, lane) = Math.DivRem(column, Reduction.Lanes);
            row[(unit / TFormat.Parts * Reduction.Lanes) + lane] |= TFormat.Encode(value) << (32 / TFormat.Parts * (unit % TFormat.Parts));
        }
    }

    private void MultiplySingly(Tensor input, Tensor output, int firstRow, int rows)
    {
        fixed (float* factors = scales)
        {
            Kernel.Run(new RowProductKernel<TFormat>(
                input.Pointer,
                input.RowCount,
                Columns,
                WordsOf(firstRow),
                WordsPerRow,
                factors is null ? null : factors + firstRow,
                output.Pointer + firstRow,
                Rows,
                rows));
        }
    }

    private void MultiplyBlock(Tensor input, Tensor output, int firstRow, int rows, WorkerScratch scratch)
    {
        int width = Units * Reduction.Lanes;
        float* block = scratch.Floats((long)rows * width);
        fixed (float* factors = scales)
        {
            Kernel.Run(new WidenKernel<TFormat>(
                WordsOf(firstRow), WordsPerRow, factors is null ? null : factors + firstRow, block, rows, Units));
        }

        Gemm.RunSingle(
            MatrixProduct.NT, input.RowCount, rows, Columns,
            input.Pointer, Columns, block, width, output.Pointer + firstRow, Rows, false, scratch.Gemm);
    }

    private uint* WordsOf(int row) => (uint*)words.Pointer + ((nint)row * WordsPerRow);
}
