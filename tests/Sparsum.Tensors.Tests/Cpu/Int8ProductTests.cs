using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.LowPrecision;
using Sparsum.Tensors.Backends.Cpu.MachineCode;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed unsafe class Int8ProductTests : IDisposable
{
    private readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    [Fact]
    public void IntegerProductsAreExactOnEveryInstructionSet()
    {
        sbyte[][] extremes = [[127], [-127], [-128], [0], [127, -128], [-128, 127, 0, 1]];
        var random = new Random(1);
        foreach (int round in Enumerable.Range(0, 400))
        {
            sbyte[] weights = Fill(round < 36 ? extremes[round % 6] : null, random, -128);
            sbyte[] inputs = Fill(round < 36 ? [.. extremes[round / 6].Select(value => Math.Max(value, (sbyte)-127))] : null, random, -127);
            int[] expected = [.. Enumerable.Range(0, 8).Select(quad => Enumerable.Range(4 * quad, 4).Sum(i => weights[i] * inputs[i]))];
            var (w, x) = (Vector256.Create(weights), Vector256.Create(inputs));
            Check(Vector256.Create(Int8Dot.QuadsPortable(w.GetLower(), x.GetLower()), Int8Dot.QuadsPortable(w.GetUpper(), x.GetUpper())));
            Check(Vector256.Create(Int8Dot.Quads(w.GetLower(), x.GetLower()), Int8Dot.Quads(w.GetUpper(), x.GetUpper())));
            if (Avx2.IsSupported)
            {
                Check(Int8Dot.QuadsAvx2(w, x));
            }

            if (Avx512BW.IsSupported)
            {
                Check(Int8Dot.QuadsAvx512(Vector512.Create(w, w), Vector512.Create(x, x)).GetUpper());
            }

            if (AvxVnni.IsSupported)
            {
                Check(Int8Dot.QuadsVnni(w, x, Int8Dot.StartsVnni(x)));
            }

            if (Ssse3.IsSupported)
            {
                Check(Vector256.Create(Int8Dot.QuadsSsse3(w.GetLower(), x.GetLower()), Int8Dot.QuadsSsse3(w.GetUpper(), x.GetUpper())));
            }

            if (Dp.IsSupported)
            {
                Check(Vector256.Create(
                    Dp.DotProduct(Vector128<int>.Zero, w.GetLower(), x.GetLower()), Dp.DotProduct(Vector128<int>.Zero, w.GetUpper(), x.GetUpper())));
            }

            void Check(Vector256<int> actual) => Assert.Equal(expected, Enumerable.Range(0, 8).Select(i => actual[i]));
        }
    }

    [Fact]
    public void RowsGiveTheBitsOfAPlainLoop()
    {
        var random = new Random(2);
        foreach (int blocks in Enumerable.Range(1, 24).Select(pairs => 2 * pairs))
        {
            sbyte[] weights = [.. Enumerable.Range(0, 32 * blocks).Select(_ => (sbyte)random.Next(-128, 128))];
            sbyte[] inputs = [.. weights.Select(_ => (sbyte)random.Next(-127, 128))];
            float[] factors = [.. Enumerable.Range(0, blocks).Select(_ => random.NextSingle())];
            float[,] sums = new float[4, 8];
            for (int block = 0; block < blocks; block++)
            {
                for (int quad = 0; quad < 8; quad++)
                {
                    int sum = Enumerable.Range((32 * block) + (4 * quad), 4).Sum(i => weights[i] * inputs[i]);
                    sums[block % 4, quad] = MathF.FusedMultiplyAdd(sum, factors[block], sums[block % 4, quad]);
                }
            }

            float[] lanes = [.. Enumerable.Range(0, 8).Select(i => (sums[0, i] + sums[1, i]) + (sums[2, i] + sums[3, i]))];
            float[] four = [.. Enumerable.Range(0, 4).Select(i => lanes[i] + lanes[i + 4])];
            float expected = (four[0] + four[2]) + (four[1] + four[3]);
            fixed (sbyte* w = weights, x = inputs)
            {
                fixed (float* f = factors)
                {
                    Assert.Equal(expected, Int8Product.Run128(w, x, f, blocks));
                    if (Avx2.IsSupported)
                    {
                        Assert.Equal(expected, Int8Product.Run256(w, x, f, blocks, (byte*)w));
                    }

                    if (AvxVnni.IsSupported)
                    {
                        fixed (int* starts = new int[8 * blocks])
                        {
                            Int8Product.WriteStarts(x, starts, blocks);
                            Assert.Equal(expected, Int8Product.RunVnni(w, x, starts, f, blocks, (byte*)w));
                        }
                    }
                }
            }
        }
    }

    /// <summary>Panels that are not full, tiles that are not full, and more columns than pass at a time.</summary>
    [Fact]
    public void ManyInputsGiveTheBitsOfAPlainLoop()
    {
        List<IInt8BlockKernel> all = [new Int8BlockKernel<NarrowLanes, Float128>()];
        if (Avx2.IsSupported)
        {
            all.Add(new Int8BlockKernel<Avx2Lanes, Float256>());
        }

        if (Avx512BW.IsSupported)
        {
            all.Add(new Int8BlockKernel<Avx512Lanes, Float512>());
        }

        if (AvxVnni.IsSupported)
        {
            all.Add(new Int8BlockKernel<VnniLanes, Float256>());
        }

        if (ByteBlockCode.IsSupported)
        {
            all.Add(new Int8WideBlockKernel());
        }

        foreach (var (tokens, rows, columns) in new[] { (1, 1, 1), (4, 24, 32), (5, 12, 70), (3, 25, 768), (9, 47, 801), (8, 48, 1600), (13, 70, 1300) })
        {
            using var weight = Numbers.Random(rows, rows, columns);
            using var input = Numbers.Random(tokens, tokens, columns);
            weight.Row(0)[0] = -1;
            input.Row(0)[0] = -1;
            using var packed = new Int8Weight(weight, leavesZerosOut: false, pool);
            float[] expected = Multiply(weight, input);
            foreach (var kernel in all)
            {
                using var output = new Guarded(8, tokens, rows);
                Int8Panels.Multiply(kernel, packed, input, output.View, pool);
                Assert.Equal(expected, output.View.ToArray());
                output.AssertSurroundingsUnchanged();
            }
        }
    }

    /// <summary>Every binary16 that a factor can be.</summary>
    [Fact]
    public void FactorsAreRead()
    {
        ushort[] bits = [.. Enumerable.Range(0, 0x7C00).Select(i => (ushort)i)];
        float[] inputs = [.. bits.Select(i => 1 + (i / 70_000f))];
        float[] products = new float[bits.Length];
        fixed (ushort* w = bits)
        {
            fixed (float* x = inputs, y = products)
            {
                Int8Product.Factors(w, x, y, bits.Length);
            }
        }

        Assert.Equal(bits.Zip(inputs, (half, input) => (float)BitConverter.UInt16BitsToHalf(half) * input), products);
    }

    /// <summary>What <see cref="StorageType.Int8"/> promises, for numbers of very different sizes in one row.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void ErrorsStayWithinTheBound(int tokens)
    {
        const int Columns = 1000;
        using var weight = Numbers.Random(1, 20, Columns);
        using var input = Numbers.Random(2, tokens, Columns);
        foreach (int column in Enumerable.Range(0, Columns))
        {
            input.Row(0)[column] *= MathF.Pow(10, column % 300 / 100f);
            weight.Row(3)[column] *= column % 64 < 32 ? 1e-3f : 1;
        }

        using var packed = new Int8Weight(weight, leavesZerosOut: false, pool);
        using var output = Tensor.Allocate(tokens, 20);
        packed.Multiply(input, output, pool);
        for (int token = 0; token < tokens; token++)
        {
            for (int row = 0; row < 20; row++)
            {
                double exact = 0, bound = 1e-5;
                for (int start = 0; start < Columns; start += 32)
                {
                    var w = weight.Row(row)[start..Math.Min(Columns, start + 32)].ToArray();
                    var x = input.Row(token)[start..Math.Min(Columns, start + 32)].ToArray();
                    double ofWeight = (w.Max(Math.Abs) / 252.0) + 3e-8;
                    double ofInput = x.Max(Math.Abs) / 252.0;
                    exact += w.Zip(x, (left, right) => (double)left * right).Sum();
                    bound += w.Zip(x, (left, right) => (ofWeight * Math.Abs(right)) + (ofInput * Math.Abs(left)) + (ofWeight * ofInput)).Sum();
                }

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
            using var packed = new Int8Weight(weight, leavesZerosOut: false, pool);
            using var output = Tensor.Allocate(tokens, 3);
            packed.Multiply(input, output, pool);
            Assert.All(output.Row(tokens - 1).ToArray(), sum => Assert.Equal(float.NaN, sum));
            Assert.All(output.Span[..(3 * (tokens - 1))].ToArray(), sum => Assert.True(float.IsFinite(sum)));
        }
    }

    [Theory]
    [InlineData(StorageType.Int8, StorageType.SparseInt8)]
    [InlineData(StorageType.Int8RowsA16, StorageType.SparseInt8RowsA16)]
    [InlineData(StorageType.BFloat16, StorageType.SparseBFloat16)]
    public void LeavingZerosOutChangesNoBit(StorageType whole, StorageType sparse)
    {
        using var cpu = new CpuBackend(3);
        using var one = new CpuBackend(1);
        foreach (int columns in new[] { 1, 31, 32, 63, 64, 65, 100, 129, 500, 1030 })
        {
            foreach (double zeros in new[] { 0, 0.5, 0.7, 0.95, 1 })
            {
                var random = new Random(columns);
                using var weight = Numbers.Random(3, 70, columns);
                foreach (ref float value in weight.Span)
                {
                    value = random.NextDouble() < zeros ? 0 : value;
                }

                using var dense = cpu.Pack(weight, whole);
                using var packed = cpu.Pack(weight, sparse);
                using var alone = one.Pack(weight, sparse);
                foreach (int tokens in new[] { 1, 3, 7 })
                {
                    using var input = Numbers.Random(4, tokens, columns);
                    using var expected = Tensor.Allocate(tokens, 70);
                    using var actual = Tensor.Allocate(tokens, 70);
                    cpu.Linear(input, dense, null, Activation.Identity, expected);
                    cpu.Linear(input, packed, null, Activation.Identity, actual);
                    Assert.Equal(expected.ToArray(), actual.ToArray());
                    one.Linear(input, alone, null, Activation.Identity, actual);
                    Assert.Equal(expected.ToArray(), actual.ToArray());
                }
            }
        }
    }

    [Fact]
    public void RowsArePutTogetherByTableToo()
    {
        var random = new Random(5);
        foreach (int elementBytes in new[] { 1, 2 })
        {
            byte[] whole = new byte[256 * 8 * elementBytes];
            for (int bits = 0; bits < 256; bits++)
            {
                for (int i = 0; i < 8 * elementBytes; i++)
                {
                    whole[(bits * 8 * elementBytes) + i] = ((bits >> (i / elementBytes)) & 1) == 0 ? (byte)0 : (byte)random.Next(1, 256);
                }
            }

            byte[] values = [.. whole.Where(value => value != 0), .. new byte[64]];
            byte[] masks = [.. Enumerable.Range(0, 256).Select(bits => (byte)bits)];
            byte[] actual = new byte[whole.Length];
            fixed (byte* mask = masks, value = values, target = actual)
            {
                NonzeroRows.ExpandByTable(mask, value, target, 256, elementBytes);
            }

            Assert.Equal(whole, actual);
        }
    }

    [Fact]
    public void HalfOfTheWeightsTakeLittleMoreThanHalfOfTheMemory()
    {
        using var weight = Numbers.Random(1, 64, 512);
        for (int i = 0; i < weight.Length; i++)
        {
            weight.Span[i] = i % 4 < 2 ? 0 : 1;
        }

        using var packed = new Int8Weight(weight, leavesZerosOut: true, pool);
        Assert.Equal((64 * 256) + (64 * 512 / 8) + (64 * 16 * 2) + (65 * 8) + 64, packed.ByteCount);
    }

    /// <summary>Integers within blocks of 32, and the blocks of a row one after the other in float32.</summary>
    private static float[] Multiply(Tensor weight, Tensor input)
    {
        float[] results = new float[input.RowCount * weight.RowCount];
        for (int token = 0; token < input.RowCount; token++)
        {
            for (int row = 0; row < weight.RowCount; row++)
            {
                float sum = 0;
                for (int start = 0; start < weight.Columns; start += 32)
                {
                    float[] w = weight.Row(row)[start..Math.Min(weight.Columns, start + 32)].ToArray();
                    float[] x = input.Row(token)[start..Math.Min(weight.Columns, start + 32)].ToArray();
                    float ofWeight = (float)(Half)(w.Max(Math.Abs) / 127);
                    float largest = x.Max(Math.Abs);
                    int products = 0;
                    for (int i = 0; i < w.Length; i++)
                    {
                        products += (int)Math.Clamp(MathF.Round(w[i] / ofWeight), -127, 127) * (int)MathF.Round(x[i] * (127 / largest));
                    }

                    sum = MathF.FusedMultiplyAdd(products, ofWeight * (largest / 127), sum);
                }

                results[(token * weight.RowCount) + row] = sum;
            }
        }

        return results;
    }

    private static sbyte[] Fill(sbyte[]? pattern, Random random, int least) =>
        [.. Enumerable.Range(0, 32).Select(i => pattern is null ? (sbyte)random.Next(least, 128) : pattern[i % pattern.Length])];
}
