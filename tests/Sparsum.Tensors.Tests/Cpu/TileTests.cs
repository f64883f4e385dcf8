using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Tiles;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

/// <summary>Products of two bfloat16 a value in the tiles of the processor. <see cref="GemmTests"/> has every edge and shape of them.</summary>
public class TileTests
{
    private static readonly string? WhySkipped =
        TileProcessor.IsSupported ? null : "This processor has no tiles (AMX with bfloat16), or this system does not grant them.";

    /// <summary>Against the same three products of the same two parts, taken in double: what remains is the sum in float32.</summary>
    [TileTheory]
    [InlineData(MatrixProduct.NT)]
    [InlineData(MatrixProduct.NN)]
    [InlineData(MatrixProduct.TN)]
    public void APieceIsTheSumOfTheProductsOfItsParts(MatrixProduct product)
    {
        const int M = 45;
        const int N = 70;
        const int K = 200;
        using var backend = new CpuBackend(2, Float32Precision.High);
        using var a = product == MatrixProduct.TN ? Numbers.Random(1, K, M) : Numbers.Random(1, M, K);
        using var b = product == MatrixProduct.NT ? Numbers.Random(2, N, K) : Numbers.Random(2, K, N);
        using var actual = Tensor.Zeros(M, N);
        backend.MatMul(product, a, b, actual);
        double worst = 0;
        for (int row = 0; row < M; row++)
        {
            for (int column = 0; column < N; column++)
            {
                double parts = 0;
                for (int i = 0; i < K; i++)
                {
                    var (leftLarge, leftSmall) = Split(product == MatrixProduct.TN ? a.Row(i)[row] : a.Row(row)[i]);
                    var (rightLarge, rightSmall) = Split(product == MatrixProduct.NT ? b.Row(column)[i] : b.Row(i)[column]);
                    parts += ((double)leftLarge * rightLarge) + ((double)leftLarge * rightSmall) + ((double)leftSmall * rightLarge);
                }

                worst = Math.Max(worst, Math.Abs(parts - actual.Row(row)[column]));
            }
        }

        Assert.InRange(worst, 0, 1e-5);
    }

    /// <summary>The bound that the option's text gives: 16 bits of each value.</summary>
    [TileFact]
    public void TheErrorIsBelowTwoToTheMinusSixteenOfTheMagnitudes()
    {
        using var backend = new CpuBackend(1, Float32Precision.High);
        using var a = Numbers.Random(1, 64, 300);
        using var b = Numbers.Random(2, 64, 300);
        using var actual = Tensor.Zeros(64, 64);
        backend.MatMul(MatrixProduct.NT, a, b, actual);
        for (int row = 0; row < 64; row++)
        {
            for (int column = 0; column < 64; column++)
            {
                double sum = 0;
                double magnitudes = 0;
                for (int i = 0; i < 300; i++)
                {
                    double term = (double)a.Row(row)[i] * b.Row(column)[i];
                    sum += term;
                    magnitudes += Math.Abs(term);
                }

                Assert.InRange(Math.Abs(sum - actual.Row(row)[column]), 0, magnitudes / 65536);
            }
        }
    }

    [TileTheory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.MaxValue)]
    public void WhatHasNoPartsIsNotANumberWhereItEntersAndNowhereElse(float value)
    {
        using var backend = new CpuBackend(1, Float32Precision.High);
        foreach (var product in Enum.GetValues<MatrixProduct>())
        {
            using var a = product == MatrixProduct.TN ? Numbers.Random(1, 40, 33) : Numbers.Random(1, 33, 40);
            using var b = product == MatrixProduct.NT ? Numbers.Random(2, 50, 40) : Numbers.Random(2, 40, 50);
            using var output = Tensor.Zeros(33, 50);
            (product == MatrixProduct.TN ? a.Row(3) : a.Row(20))[product == MatrixProduct.TN ? 20 : 3] = value;
            backend.MatMul(product, a, b, output);
            for (int row = 0; row < 33; row++)
            {
                foreach (float result in output.Row(row))
                {
                    Assert.Equal(row != 20, float.IsFinite(result));
                }
            }
        }
    }

    /// <summary>Every quiet NaN, whose bits may run over when they are rounded.</summary>
    [TileTheory]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0xFFFFFFFFu)]
    [InlineData(0x7FC00000u)]
    [InlineData(0xFFFF8000u)]
    public void EveryNotANumberStaysOne(uint bits)
    {
        using var backend = new CpuBackend(1, Float32Precision.High);
        using var a = Numbers.Random(1, 16, 32);
        using var b = Numbers.Random(2, 16, 32);
        using var output = Tensor.Zeros(16, 16);
        a.Row(7)[9] = BitConverter.UInt32BitsToSingle(bits);
        backend.MatMul(MatrixProduct.NT, a, b, output);
        Assert.All(output.Row(7).ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.All(output.Row(6).ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [TileFact]
    public void NothingToSumIsZeroAndAddsNothing()
    {
        unsafe
        {
            using var c = Numbers.Random(1, 32, 32);
            using var before = c.Clone();
            TileRegisters.Enter();
            TileCode.Run(0, null, null, c.Pointer, 32, accumulate: true);
            Assert.Equal(before.Span, c.Span);
            TileCode.Run(0, null, null, c.Pointer, 32, accumulate: false);
            TileRegisters.Leave();
            Assert.All(c.Span.ToArray(), value => Assert.Equal(0, value));
        }
    }

    /// <summary>Lengths that fill no block and no tile, so that edges beside whole tiles are read and written.</summary>
    [TileTheory]
    [InlineData(true, 77)]
    [InlineData(false, 77)]
    [InlineData(true, 200)]
    [InlineData(false, 33)]
    public void AttentionIsThatOfFloat32(bool causal, int length)
    {
        using var highest = new CpuBackend(2);
        using var high = new CpuBackend(2, Float32Precision.High);
        var options = new AttentionOptions
        {
            Batch = 2,
            QueryLength = length,
            KeyLength = length,
            KeyCapacity = length,
            HeadCount = 4,
            KeyValueHeadCount = 2,
            HeadSize = 24,
            Scale = 0.2f,
            Causal = causal,
        };
        using var query = Numbers.Random(1, 2 * length, 96);
        using var key = Numbers.Random(2, 2 * length, 48);
        using var value = Numbers.Random(3, 2 * length, 48);
        using var expected = Tensor.Zeros(2 * length, 96);
        using var actual = Tensor.Zeros(2 * length, 96);
        highest.Attention(query, key, value, null, options, expected);
        high.Attention(query, key, value, null, options, actual);
        Numbers.AssertClose(expected.Span, actual.Span, 1e-4);
    }

    [Fact]
    public void ABackendSaysWhatItComputesWith()
    {
        using var highest = new CpuBackend(1);
        using var high = new CpuBackend(1, Float32Precision.High);
        Assert.Equal(Float32Precision.Highest, highest.Precision);
        Assert.Equal(TileProcessor.IsSupported ? Float32Precision.High : Float32Precision.Highest, high.Precision);
        Assert.Equal(TileProcessor.IsSupported ? "cpu amx, 1 thread" : highest.Description, high.Description);
    }

    /// <summary>8 bits of a value, then 8 of the rest, each to the nearest, on ties to the larger.</summary>
    private static (float Large, float Small) Split(float value)
    {
        float large = Round(value);
        return (large, Round(value - large));
    }

    private static float Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x8000) & 0xFFFF0000);
    }

    private sealed class TileFactAttribute : FactAttribute
    {
        public TileFactAttribute() => Skip = WhySkipped;
    }

    private sealed class TileTheoryAttribute : TheoryAttribute
    {
        public TileTheoryAttribute() => Skip = WhySkipped;
    }
}
