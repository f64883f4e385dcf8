using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public class VectorMathTests
{
    [Fact]
    public void ExponentialIsWithinTwoUnitsInTheLastPlace()
    {
        var x = Enumerable.Range(-104_000, 194_000).Select(i => i / 1000f).ToArray();
        var y = Exponential(x);
        for (int i = 0; i < x.Length; i++)
        {
            // Neighbouring positive floats, subnormals and infinity included, have neighbouring bits.
            int distance = BitConverter.SingleToInt32Bits((float)Math.Exp(x[i])) - BitConverter.SingleToInt32Bits(y[i]);
            Assert.True(Math.Abs(distance) <= 2, $"exp({x[i]:R}) = {y[i]:R}, {distance} units off");
        }
    }

    [Fact]
    public void ExponentialOfExtremes()
    {
        var y = Exponential([0, -0f, float.NegativeInfinity, float.PositiveInfinity, -1e30f, 1e30f, float.NaN]);
        Assert.Equal([1, 1, 0, float.PositiveInfinity, 0, float.PositiveInfinity, float.NaN], y);
    }

    [Fact]
    public unsafe void ExponentialGivesTheSameBitsAtEveryWidth()
    {
        var memory = Enumerable.Range(-2200, 4000).Select(i => i / 20f).Append(float.NaN).Append(float.PositiveInfinity).ToArray();
        Widths.AssertSameBits(memory, x => new MapKernel<ExponentialOperation>(x, x, memory.Length));
    }

    private static unsafe float[] Exponential(float[] values)
    {
        var result = (float[])values.Clone();
        fixed (float* pointer = result)
        {
            Kernel.Run(new MapKernel<ExponentialOperation>(pointer, pointer, result.Length));
        }

        return result;
    }

    private readonly struct ExponentialOperation : IUnaryOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x)
            where T : struct, IVector<T> =>
            VectorMath.Exp(x);
    }
}
