using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// A weight in 8-bit integers, in blocks of 32 along a row with a binary16 factor each: the numbers of GGUF's Q8_0. Inputs are turned into
/// such blocks too, for one token as for many, so both give the same but for the rounding of sums.
/// </summary>
internal sealed unsafe class Int8Weight : LowPrecisionWeight
{
    private readonly NativeBuffer factors;

    /// <summary>Rounds a weight.</summary>
    /// <param name="weight"><c>[rows, columns]</c>.</param>
    /// <param name="leavesZerosOut">Whether what is 0, or becomes 0, takes no room.</param>
    /// <param name="pool">Where to do it.</param>
    /// <exception cref="ArgumentException">A value is not finite, or so large that no factor can hold it.</exception>
    public Int8Weight(Tensor weight, bool leavesZerosOut, WorkerPool pool)
        : base(weight.RowCount, weight.Columns, leavesZerosOut ? StorageType.SparseInt8 : StorageType.Int8)
    {
        factors = new NativeBuffer((long)Rows * FactorStride * sizeof(ushort));
        Ranges.For(pool, Rows, Columns, (start, count) =>
        {
            for (int row = (int)start; row < start + count; row++)
            {
                WriteFactors(weight, row);
            }
        });
        Store = new RowStore(Rows, Int8Blocks.Padded(Columns), sizeof(sbyte), leavesZerosOut, (row, target) => Encode(weight, row, (sbyte*)target), pool);
    }

    /// <inheritdoc/>
    public override long ByteCount => Store.ByteCount + factors.ByteCount;

    /// <inheritdoc/>
    protected override RowStore Store { get; }

    private int FactorStride => Int8Blocks.FactorStride(Columns);

    /// <inheritdoc/>
    protected override void MultiplySingly(Tensor input, Tensor output, WorkerPool pool)
    {
        int tokens = input.RowCount;
        using var inputs = new Int8Inputs(input, 0, pool);
        int blocks = inputs.Stride / Int8Blocks.Size;
        using var starts = new NativeBuffer((long)tokens * inputs.Stride);
        for (int token = 0; token < tokens; token++)
        {
            Int8Product.WriteStarts((sbyte*)inputs.Integers(token), (int*)((byte*)starts.Pointer + (token * inputs.Stride)), blocks);
        }

        ForRows(pool, FactorStride, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (row, stored, ahead, products) =>
        {
            for (int token = 0; token < tokens; token++)
            {
                Int8Product.Factors(FactorsOf(row), inputs.Factors(token), products, FactorStride);
                output.Pointer[((nint)token * Rows) + row] = Int8Product.Run(
                    (sbyte*)stored, (sbyte*)inputs.Integers(token), (int*)((byte*)starts.Pointer + (token * inputs.Stride)), products, blocks, ahead);
            }
        });
    }

    /// <inheritdoc/>
    protected override void MultiplyMany(Tensor input, Tensor output, WorkerPool pool) =>
        Int8Panels.Multiply(IInt8BlockKernel.Best, this, input, output, pool);

    /// <summary>Neighbouring rows of integers, one behind the other, which may lie in <paramref name="room"/>.</summary>
    public byte* ReadRows(int first, int count, byte* room) => Store.Read(first, count, room);

    /// <summary>The factors of a row's blocks, in binary16.</summary>
    public ushort* FactorsOf(int row) => (ushort*)factors.Pointer + ((nint)row * FactorStride);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        factors.Dispose();
    }

    private void WriteFactors(Tensor weight, int row)
    {
        var values = weight.Row(row);
        ushort* target = FactorsOf(row);
        new Span<ushort>(target, FactorStride).Clear();
        for (int start = 0; start < Columns; start += Int8Blocks.Size)
        {
            float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(values[start..Math.Min(Columns, start + Int8Blocks.Size)]));
            var factor = (Half)(largest / Int8Blocks.Largest);
            if (!Half.IsFinite(factor))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"{Storage} cannot hold {largest}, the largest magnitude in a block of row {row} of {weight}."),
                    nameof(weight));
            }

            target[start / Int8Blocks.Size] = BitConverter.HalfToUInt16Bits(factor);
        }
    }

    private void Encode(Tensor weight, int row, sbyte* target)
    {
        var values = weight.Row(row);
        new Span<sbyte>(target, Int8Blocks.Padded(Columns)).Clear();
        for (int block = 0; block * Int8Blocks.Size < Columns; block++)
        {
            float factor = (float)BitConverter.UInt16BitsToHalf(FactorsOf(row)[block]);
            int end = Math.Min(Columns, (block + 1) * Int8Blocks.Size);
            for (int column = block * Int8Blocks.Size; column < end && factor != 0; column++)
            {
                // The factor itself was rounded, hence the clamp.
                target[column] = (sbyte)Math.Clamp(
                    MathF.Round(values[column] / factor, MidpointRounding.ToEven), -Int8Blocks.Largest, Int8Blocks.Largest);
            }
        }
    }
}
