using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Reference;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public class ActivationTests
{
    public static TheoryData<Activation> All => [.. Enum.GetValues<Activation>()];

    private static IEnumerable<float> Sweep =>
        Enumerable.Range(-40_000, 80_001).Select(i => i / 1000f).Concat(
            Enumerable.Range(-300, 340).Select(i => MathF.Pow(10, i / 8f)).SelectMany(x => new[] { x, -x }));

    [Theory]
    [MemberData(nameof(All))]
    public unsafe void IsExactToAFewRoundings(Activation activation)
    {
        var x = Sweep.ToArray();
        var y = (float[])x.Clone();
        fixed (float* pointer = y)
        {
            ActivationKernels.Apply(activation, pointer, y.Length);
        }

        // The double-precision reference itself loses the far tails to 1 + erf and 1 + tanh. The argument of the sigmoid in GELU's tanh form
        // is rounded, which its exponential amplifies where the value is below 1e-2.
        double absolute = activation switch
        {
            Activation.GeluErf => 1e-15,
            Activation.GeluTanh => 1e-8,
            _ => 1e-36,
        };
        for (int i = 0; i < x.Length; i++)
        {
            double expected = Activations.Apply(activation, x[i]);
            Assert.True(
                Math.Abs(expected - y[i]) <= (1e-6 * Math.Abs(expected)) + (absolute * Math.Max(1, Math.Abs(x[i]))),
                $"{activation}({x[i]:R}): expected {expected:R}, got {y[i]:R}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public unsafe void NaNAndInfinityPassAsTheyShould(Activation activation)
    {
        float[] values = [float.NaN, float.PositiveInfinity];
        fixed (float* pointer = values)
        {
            ActivationKernels.Apply(activation, pointer, values.Length);
        }

        Assert.True(float.IsNaN(values[0]));
        Assert.Equal(activation is Activation.Tanh or Activation.Sigmoid ? 1 : float.PositiveInfinity, values[1]);
    }

    [Fact]
    public unsafe void GivesTheSameBitsAtEveryWidth()
    {
        var memory = Sweep.Where((_, i) => i % 7 == 0).Append(float.NaN).Append(float.NegativeInfinity).ToArray();
        Widths.AssertSameBits(memory, x => new MapKernel<Relu>(x, x, memory.Length));
        Widths.AssertSameBits(memory, x => new MapKernel<GeluErf>(x, x, memory.Length));
        Widths.AssertSameBits(memory, x => new MapKernel<GeluTanh>(x, x, memory.Length));
        Widths.AssertSameBits(memory, x => new MapKernel<Silu>(x, x, memory.Length));
        Widths.AssertSameBits(memory, x => new MapKernel<Tanh>(x, x, memory.Length));
        Widths.AssertSameBits(memory, x => new MapKernel<Sigmoid>(x, x, memory.Length));
    }
}
