using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.LowPrecision;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Tensors.Memory;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

/// <summary>One test counts the native memory of the whole process, so nothing may run beside it.</summary>
[Collection(nameof(LowPrecisionWeightTests))]
[CollectionDefinition(nameof(LowPrecisionWeightTests), DisableParallelization = true)]
public sealed class LowPrecisionWeightTests : IDisposable
{
    private readonly WorkerPool pool = new(2);
    private readonly ReferenceBackend reference = new();

    public static TheoryData<StorageType> Storages => [StorageType.BFloat16, StorageType.SparseBFloat16, StorageType.Float16, StorageType.Int8, StorageType.SparseInt8];

    public void Dispose() => pool.Dispose();

    [Theory]
    [MemberData(nameof(Storages))]
    public void MultipliesAsTheRoundedWeightDoes(StorageType storage)
    {
        foreach (int columns in Enumerable.Range(1, 70).Append(127).Append(128).Append(129).Append(250).Append(1000))
        {
            using var weight = Numbers.Random(columns, 9, columns);
            using var packed = Pack(weight, storage);
            using var rounded = StorageRounding.Round(weight, storage);
            foreach (int tokens in new[] { 0, 1, 3, 4, 5, 14 })
            {
                using var input = Numbers.Random(7, tokens, columns);
                using var read = AsRead(input, storage);
                using var output = new Guarded(8, tokens, 9);
                using var expected = Tensor.Allocate(tokens, 9);
                reference.MatMul(MatrixProduct.NT, read, rounded, expected);
                packed.Multiply(input, output.View, pool);

                // A float32 sum of products below 1, whose rounding errors add up like a random walk.
                Numbers.AssertClose(expected.Span, output.View.Span, 1e-6 * Math.Sqrt(columns), $"{columns} columns, {tokens} tokens");
                output.AssertSurroundingsUnchanged();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void ManyRowsAreSharedOut(StorageType storage)
    {
        using var weight = Numbers.Random(1, 1003, 40);
        using var packed = Pack(weight, storage);
        using var rounded = StorageRounding.Round(weight, storage);
        foreach (int tokens in new[] { 1, 6 })
        {
            using var input = Numbers.Random(7, tokens, 40);
            using var read = AsRead(input, storage);
            using var output = Tensor.Allocate(tokens, 1003);
            using var expected = Tensor.Allocate(tokens, 1003);
            reference.MatMul(MatrixProduct.NT, read, rounded, expected);
            packed.Multiply(input, output, pool);
            Numbers.AssertClose(expected.Span, output.Span, 1e-6 * Math.Sqrt(40));
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void ReadsBackExactlyWhatRoundingGives(StorageType storage)
    {
        // Each input picks one column out.
        float[] values =
        [
            0, 1, -1, 65_504, -65_504, 1f / 3, -1e-3f, 6.1e-5f, 6.0e-5f, -5.96e-8f, 3.3e-6f, 2.9e-8f, 1e-12f, 127, 126.5f, 1.00390625f, 1.01171875f,
        ];
        using var weight = Tensor.From(values, 1, values.Length);
        using var packed = Pack(weight, storage);
        using var rounded = StorageRounding.Round(weight, storage);
        using var input = Tensor.Zeros(values.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            input.Row(i)[i] = 1;
        }

        using var output = Tensor.Allocate(values.Length, 1);
        packed.Multiply(input, output, pool);
        Assert.Equal(rounded.ToArray(), output.ToArray());
        for (int i = 0; i < values.Length; i++)
        {
            packed.Multiply(input.Rows(i, 1), output.Rows(i, 1), pool);
        }

        Assert.Equal(rounded.ToArray(), output.ToArray());
    }

    [Fact]
    public void BFloat16HoldsNaNAndInfinity()
    {
        using var weight = Tensor.From([float.NaN, 1, float.PositiveInfinity, 1, 1, float.MaxValue], 3, 2);
        using var packed = Pack(weight, StorageType.BFloat16);
        using var input = Tensor.From([1, 1], 1, 2);
        using var output = Tensor.Allocate(1, 3);
        packed.Multiply(input, output, pool);

        // The largest float32 is nearest to bfloat16's infinity.
        Assert.Equal([float.NaN, float.PositiveInfinity, float.PositiveInfinity], output.ToArray());
    }

    [Theory]
    [InlineData(StorageType.Float16, float.NaN)]
    [InlineData(StorageType.Float16, float.NegativeInfinity)]
    [InlineData(StorageType.Float16, 70_000f)]
    [InlineData(StorageType.Int8, float.NaN)]
    [InlineData(StorageType.Int8, float.PositiveInfinity)]
    public void ValuesThatTheStorageCannotHoldAreRefused(StorageType storage, float value)
    {
        using var weight = Numbers.Random(1, 3, 20);
        weight.Row(1)[17] = value;
        var error = Assert.Throws<ArgumentException>(() => Pack(weight, storage));
        Assert.Contains("row 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Int8OfTinyNumbersIsAsNearAsItsFactorsReach()
    {
        float[] values = [2.1e-43f, -2.1e-43f, 1e-7f, -1e-6f, 5e-6f, 7.5e-6f];
        foreach (float value in values)
        {
            using var weight = Tensor.From([value, value / 2], 1, 2);
            using var packed = Pack(weight, StorageType.Int8);
            using var output = Tensor.Allocate(1, 1);
            using var input = Tensor.From([1, 0], 1, 2);
            packed.Multiply(input, output, pool);
            Assert.Equal(value, output.Span[0], (Math.Abs(value) / 252) + (127 * 3e-8));
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void TakesTheMemoryThatItSaysAndGivesItBack(StorageType storage)
    {
        using var weight = Numbers.Random(1, 64, 256);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = NativeBuffer.LiveBytes;
        var packed = Pack(weight, storage);
        int bits = 64 * 256 / 8;
        Assert.Equal(
            storage switch
            {
                StorageType.Int8 => (64 * 256) + (64 * 8 * 2),
                StorageType.SparseInt8 => packed.ByteCount,
                StorageType.SparseBFloat16 => (64 * 256 * 2) + bits + (65 * sizeof(long)) + 64,
                _ => 64 * 256 * 2,
            },
            packed.ByteCount);
        using (var input = Numbers.Random(1, 9, 256))
        using (var output = Tensor.Allocate(9, 64))
        {
            packed.Multiply(input, output, pool);
        }

        packed.Dispose();
        packed.Dispose();
        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    [Fact]
    public void GivesTheSameBitsAtEveryWidth()
    {
        CheckWidths<BFloat16Format>();
        CheckWidths<Float16Format>();
    }

    private static unsafe void CheckWidths<TFormat>()
        where TFormat : IWordFormat
    {
        foreach (int columns in Enumerable.Range(1, 160).Append(1000))
        {
            int units = (columns + 15) / 16;
            var random = new Random(columns);
            var words = new uint[(units + 1) / 2 * 16];
            for (int i = 0; i < words.Length; i++)
            {
                words[i] = TFormat.Encode((random.NextSingle() - 0.5f) * 200) | (TFormat.Encode((random.NextSingle() - 0.5f) * 200) << 16);
            }

            fixed (uint* pinned = words)
            {
                nint w = (nint)pinned;
                var memory = Numbers.Random(columns, (3 * columns) + 6).ToArray();
                Widths.AssertSameBits(memory, x => new RowProductKernel<TFormat>(
                    x, 3, columns, (uint*)w, (byte*)w, x + (3 * columns), 2));
                Widths.AssertSameBits(new float[16 * units], x => new WidenKernel<TFormat>((uint*)w, x, units));
            }
        }
    }

    /// <summary>The input as the products see it: with 8-bit integers, rounded in blocks of 32.</summary>
    private static Tensor AsRead(Tensor input, StorageType storage)
    {
        var read = input.Clone();
        for (int row = 0; row < read.RowCount && storage is StorageType.Int8 or StorageType.SparseInt8; row++)
        {
            for (int start = 0; start < read.Columns; start += 32)
            {
                var block = read.Row(row)[start..Math.Min(read.Columns, start + 32)];
                float largest = block.ToArray().Max(Math.Abs);
                foreach (ref float value in block)
                {
                    value = largest == 0 ? 0 : MathF.Round(value * (127 / largest)) * (largest / 127);
                }
            }
        }

        return read;
    }

    private CpuWeight Pack(Tensor weight, StorageType storage) => storage switch
    {
        StorageType.BFloat16 => new BFloat16Weight(weight, leavesZerosOut: false, pool),
        StorageType.SparseBFloat16 => new BFloat16Weight(weight, leavesZerosOut: true, pool),
        StorageType.Float16 => new Float16Weight(weight, pool),
        _ => new Int8Weight(weight, storage == StorageType.SparseInt8, pool),
    };
}
