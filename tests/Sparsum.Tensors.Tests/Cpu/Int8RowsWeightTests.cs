using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.LowPrecision;
using Sparsum.Tensors.Backends.Cpu.MachineCode;
using Sparsum.Tensors.Backends.Cpu.Tiles;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class Int8RowsWeightTests : IDisposable
{
    private readonly WorkerPool pool = new(2);
    private readonly Int8RowProduct best;

    public Int8RowsWeightTests() => best = new Int8RowProduct(pool);

    public void Dispose()
    {
        best.Dispose();
        pool.Dispose();
    }

    /// <summary>Panels, groups of inputs and chunks of columns that are whole, and that are not, on all that this machine has.</summary>
    [Theory]
    [InlineData(StorageType.Int8Rows)]
    [InlineData(StorageType.Int8RowsA16)]
    [InlineData(StorageType.SparseInt8RowsA16)]
    public void EveryKernelGivesTheBitsOfAPlainLoop(StorageType storage)
    {
        (int Tokens, int Rows, int Columns)[] shapes =
            [(0, 3, 5), (1, 1, 1), (2, 17, 64), (3, 16, 65), (5, 33, 63), (6, 48, 128), (7, 31, 200), (17, 32, 257), (33, 70, 90), (193, 20, 70), (400, 65, 64), (1, 64, 640), (1, 200, 333)];
        foreach (var (tokens, rows, columns) in shapes)
        {
            using var weight = Numbers.Random(rows, rows, columns);
            using var input = Numbers.Random(tokens + 1, tokens, columns);
            foreach (ref float value in weight.Span)
            {
                value = MathF.Abs(value) < 0.6f && storage == StorageType.SparseInt8RowsA16 ? 0 : value;
            }

            float[] expected = Multiply(weight, input, storage != StorageType.Int8Rows);
            foreach (var (few, many, windows) in Kernels())
            {
                using var product = new Int8RowProduct(pool, few, many, windows);
                using var packed = new Int8RowsWeight(weight, storage, product, pool);
                using var output = new Guarded(8, tokens, rows);
                packed.Multiply(input, output.View, pool);
                Assert.Equal(expected, output.View.ToArray());
                output.AssertSurroundingsUnchanged();
            }
        }
    }

    [Fact]
    public void TheLargestSumsFit()
    {
        int columns = Int8Rows.MostColumns;
        using var weight = Tensor.Allocate(2, columns);
        weight.Row(0).Fill(1);
        weight.Row(1).Fill(-1);
        foreach (int tokens in new[] { 1, 3, 6 })
        {
            using var input = Tensor.Allocate(tokens, columns);
            input.Span.Fill(-3);
            float sum = 127f * 127 * columns * ((1 / 127f) * (3 / 127f));
            foreach (var (few, many, windows) in Kernels())
            {
                using var product = new Int8RowProduct(pool, few, many, windows);
                using var packed = new Int8RowsWeight(weight, StorageType.Int8Rows, product, pool);
                using var output = Tensor.Allocate(tokens, 2);
                packed.Multiply(input, output, pool);
                Numbers.AssertClose(Enumerable.Range(0, 2 * tokens).Select(i => i % 2 == 0 ? -sum : sum).ToArray(), output.Span, sum * 1e-6);
            }
        }

        using var longer = Tensor.Zeros(1, columns + 1);
        var error = Assert.Throws<ArgumentException>(() => new Int8RowsWeight(longer, StorageType.Int8Rows, best, pool));
        Assert.Contains("133144", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Activation.Identity, StorageType.Int8Rows)]
    [InlineData(Activation.GeluErf, StorageType.Int8Rows)]
    [InlineData(Activation.GeluErf, StorageType.Int8RowsA16)]
    [InlineData(Activation.Relu, StorageType.Int8RowsA16)]
    [InlineData(Activation.GeluTanh, StorageType.SparseInt8RowsA16)]
    public void AddsTheBiasAndActivates(Activation activation, StorageType storage)
    {
        using var cpu = new CpuBackend(2);
        using var reference = new ReferenceBackend();
        using var weight = Numbers.Random(1, 45, 100);
        using var bias = Numbers.Random(2, 45);
        using var packed = cpu.Pack(weight, storage);
        using var rounded = StorageRounding.Round(weight, storage);
        foreach (int tokens in new[] { 1, 4, 5, 40 })
        {
            using var input = Numbers.Random(3, tokens, 100);
            using var read = StorageRounding.RoundInput(input, storage);
            using var output = Tensor.Allocate(tokens, 45);
            using var expected = Tensor.Allocate(tokens, 45);
            cpu.Linear(input, packed, bias, activation, output);
            reference.Linear(read, rounded, bias, activation, expected);
            Numbers.AssertClose(expected.Span, output.Span, 1e-5);
        }
    }

    /// <summary>What the two storages promise.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(9, false)]
    [InlineData(1, true)]
    [InlineData(9, true)]
    public void ErrorsStayWithinTheBound(int tokens, bool withRests)
    {
        const int Columns = 1000;
        using var weight = Numbers.Random(1, 20, Columns);
        using var input = Numbers.Random(2, tokens, Columns);
        foreach (int column in Enumerable.Range(0, Columns))
        {
            input.Row(0)[column] *= MathF.Pow(10, column % 300 / 100f);
            weight.Row(3)[column] *= column % 64 < 32 ? 1e-3f : 1;
        }

        using var packed = new Int8RowsWeight(weight, withRests ? StorageType.Int8RowsA16 : StorageType.Int8Rows, best, pool);
        using var output = Tensor.Allocate(tokens, 20);
        packed.Multiply(input, output, pool);
        for (int token = 0; token < tokens; token++)
        {
            for (int row = 0; row < 20; row++)
            {
                float[] w = weight.Row(row).ToArray();
                float[] x = input.Row(token).ToArray();
                double ofWeight = w.Max(Math.Abs) / 253.99;
                double ofInput = x.Max(Math.Abs) / (withRests ? 129_000 : 253.99);
                double exact = w.Zip(x, (left, right) => (double)left * right).Sum();
                double bound = w.Zip(x, (left, right) => (ofWeight * Math.Abs(right)) + (ofInput * Math.Abs(left)) + (ofWeight * ofInput)).Sum() + 1e-5;
                Assert.Equal(exact, output.Row(token)[row], bound);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void InputsThatAreNotFiniteGiveNaN(int tokens)
    {
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            using var weight = Numbers.Random(1, 3, 100);
            using var input = Numbers.Random(2, tokens, 100);
            input.Row(tokens - 1)[70] = value;
            using var packed = new Int8RowsWeight(weight, StorageType.Int8Rows, best, pool);
            using var output = Tensor.Allocate(tokens, 3);
            packed.Multiply(input, output, pool);
            Assert.All(output.Row(tokens - 1).ToArray(), sum => Assert.Equal(float.NaN, sum));
            Assert.All(output.Span[..(3 * (tokens - 1))].ToArray(), sum => Assert.True(float.IsFinite(sum)));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void WeightsThatAreNotFiniteAreRefused(float value)
    {
        using var weight = Numbers.Random(1, 3, 20);
        weight.Row(1)[17] = value;
        var error = Assert.Throws<ArgumentException>(() => new Int8RowsWeight(weight, StorageType.Int8Rows, best, pool));
        Assert.Contains("row 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TakesAByteAWeightAndAFewARow()
    {
        using var weight = Numbers.Random(1, 64, 256);
        using var packed = new Int8RowsWeight(weight, StorageType.Int8Rows, best, pool);
        Assert.InRange(packed.ByteCount, 64 * 256, (64 * 256) + (64 * 8));
        Assert.Equal(StorageType.Int8Rows, packed.Storage);
    }

    [Fact]
    public void RowsOfZerosAndTinyNumbersAreZero()
    {
        using var weight = Tensor.From([0, 0, 1e-31f, -1e-32f, 1, 2], 3, 2);
        using var input = Tensor.From([3, 4], 1, 2);
        using var packed = new Int8RowsWeight(weight, StorageType.Int8Rows, best, pool);
        using var output = Tensor.Allocate(1, 3);
        packed.Multiply(input, output, pool);
        Assert.Equal([0, 0], output.Span[..2].ToArray());
        Assert.Equal(11, output.Span[2], 0.1);
    }

    private static IEnumerable<(IInt8RowKernel Few, IInt8RowKernel Many, INonzeroKernel? Windows)> Kernels()
    {
        List<IInt8RowKernel> all = [new Int8RowKernel<NarrowLanes, Float128>()];
        if (Avx2.IsSupported)
        {
            all.Add(new Int8RowKernel<Avx2Lanes, Float256>());
        }

        if (Avx512BW.IsSupported)
        {
            all.Add(new Int8RowKernel<Avx512Lanes, Float512>());
        }

        if (AvxVnni.IsSupported)
        {
            all.Add(new Int8RowKernel<VnniLanes, Float256>());
        }

        if (ByteDotCode.IsSupported)
        {
            all.Add(new Int8WideKernel());
        }

        foreach (var kernel in all)
        {
            yield return (kernel, kernel, null);
            if (TileProcessor.IsSupported && kernel.PanelRows == ByteTileCode.Size)
            {
                yield return (kernel, new Int8TileKernel(), null);
            }

            yield return (kernel, kernel, new NonzeroKernel<NarrowLanes, Float128>());
            if (Avx2.IsSupported)
            {
                yield return (kernel, kernel, new NonzeroKernel<Avx2Lanes, Float256>());
            }

            if (AvxVnni.IsSupported && kernel.InputOffset != 0)
            {
                yield return (kernel, kernel, new NonzeroKernel<VnniLanes, Float256>());
            }
        }
    }

    /// <summary>One sum of integers a row, and one of rests, times both factors.</summary>
    private static float[] Multiply(Tensor weight, Tensor input, bool withRests)
    {
        float[] results = new float[input.RowCount * weight.RowCount];
        for (int token = 0; token < input.RowCount; token++)
        {
            for (int row = 0; row < weight.RowCount; row++)
            {
                float[] w = weight.Row(row).ToArray();
                float[] x = input.Row(token).ToArray();
                float ofWeight = w.Max(Math.Abs);
                float ofInput = x.Max(Math.Abs);
                int sum = 0, rests = 0;
                foreach (var (left, right) in w.Zip(x))
                {
                    int integer = (int)MathF.Round(left * (127 / ofWeight));
                    float scaled = right * (127 / ofInput);
                    sum += integer * (int)MathF.Round(scaled);
                    rests += integer * (int)MathF.Round((scaled - MathF.Round(scaled)) * 254);
                }

                float both = withRests ? MathF.FusedMultiplyAdd(rests, 1 / 254f, sum) : sum;
                results[(token * weight.RowCount) + row] = both * ((ofWeight / 127) * (ofInput / 127));
            }
        }

        return results;
    }
}
