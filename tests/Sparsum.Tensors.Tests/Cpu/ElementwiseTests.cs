using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class ElementwiseTests : IDisposable
{
    // One rounding of a value below 2, then the activation's own few.
    private const double Tolerance = 1e-6;

    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    public static IEnumerable<int> Lengths => Enumerable.Range(0, 71).Append(1000).Append(40_003);

    public void Dispose() => cpu.Dispose();

    [Fact]
    public void ActivateMatchesTheReference() =>
        Check((backend, x, _, output) => backend.Activate(Activation.GeluErf, x, output));

    [Fact]
    public void GateMatchesTheReference() =>
        Check((backend, x, y, output) => backend.Gate(Activation.Silu, x, y, output));

    [Fact]
    public void AddMatchesTheReference() =>
        Check((backend, x, y, output) => backend.Add(x, y, output));

    [Fact]
    public void OutputMayBeAnInput()
    {
        foreach (int length in Lengths)
        {
            CheckInPlace(length, (backend, x, _) => backend.Activate(Activation.Silu, x, x));
            CheckInPlace(length, (backend, x, y) => backend.Gate(Activation.GeluTanh, x, y, x));
            CheckInPlace(length, (backend, x, y) => backend.Gate(Activation.Tanh, y, x, x));
            CheckInPlace(length, (backend, x, y) => backend.Add(x, y, x));
            CheckInPlace(length, (backend, x, _) => backend.Add(x, x, x));
            CheckInPlace(length, (backend, x, _) => backend.Scale(x, -0.3f));
        }
    }

    [Fact]
    public unsafe void GivesTheSameBitsAtEveryWidth()
    {
        foreach (int length in Enumerable.Range(0, 40))
        {
            var memory = Numbers.Random(length, (2 * length) + 1).ToArray();
            Widths.AssertSameBits(memory, x => new CombineKernel<Gated<Silu>>(x, x + length, x, length));
            Widths.AssertSameBits(memory, x => new CombineKernel<Sum>(x, x + length, x, length));
            Widths.AssertSameBits(memory, x => new ScaleKernel(x, length, 1.7f));
        }
    }

    [Fact]
    public void ShapesThatDifferAreRefused()
    {
        using var a = Tensor.Zeros(2, 3);
        using var b = Tensor.Zeros(3, 2);
        var error = Assert.Throws<ArgumentException>(() => cpu.Add(a, a, b));
        Assert.Contains("[2, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[3, 2]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => cpu.Add(a, b, a));
        Assert.Throws<ArgumentException>(() => cpu.Activate(Activation.Relu, a, b));
        Assert.Throws<ArgumentException>(() => cpu.Gate(Activation.Relu, a, b, a));
        Assert.Throws<ArgumentException>(() => cpu.Gate(Activation.Relu, a, a, b));
        Assert.Throws<ArgumentOutOfRangeException>(() => cpu.Activate((Activation)99, a, a));
    }

    private void Check(Action<IBackend, Tensor, Tensor, Tensor> operation)
    {
        foreach (int length in Lengths)
        {
            using var x = new Guarded(1, 1, length);
            using var y = new Guarded(2, 1, length);
            using var output = new Guarded(3, 1, length);
            using var expected = x.View.Clone();
            operation(reference, x.View, y.View, expected);
            operation(cpu, x.View, y.View, output.View);
            Numbers.AssertClose(expected.Span, output.View.Span, Tolerance);
            output.AssertSurroundingsUnchanged();
        }
    }

    private void CheckInPlace(int length, Action<IBackend, Tensor, Tensor> operation)
    {
        using var x = new Guarded(1, 1, length);
        using var y = new Guarded(2, 1, length);
        using var expected = x.View.Clone();
        operation(reference, expected, y.View);
        operation(cpu, x.View, y.View);
        Numbers.AssertClose(expected.Span, x.View.Span, Tolerance);
        x.AssertSurroundingsUnchanged();
        y.AssertSurroundingsUnchanged();
    }
}
