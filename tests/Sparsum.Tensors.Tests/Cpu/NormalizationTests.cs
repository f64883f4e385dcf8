using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class NormalizationTests : IDisposable
{
    // Results are below 10; the mean is rounded once, every element a few times.
    private const double Tolerance = 4e-6;

    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    public static IEnumerable<int> Columns => Enumerable.Range(1, 70).Append(768).Append(5000);

    public void Dispose() => cpu.Dispose();

    [Fact]
    public void LayerNormMatchesTheReference()
    {
        foreach (int columns in Columns)
        {
            using var scale = Numbers.Random(10, columns);
            using var shift = Numbers.Random(11, columns);
            Check(columns, (backend, x, y) => backend.LayerNorm(x, scale, shift, 1e-5f, y));
            Check(columns, (backend, x, y) => backend.LayerNorm(x, scale, null, 1e-5f, y));
            Check(columns, (backend, x, y) => backend.LayerNorm(x, null, null, 1e-3f, y));
        }
    }

    [Fact]
    public void RmsNormMatchesTheReference()
    {
        foreach (int columns in Columns)
        {
            using var scale = Numbers.Random(10, columns);
            Check(columns, (backend, x, y) => backend.RmsNorm(x, scale, 1e-6f, false, y));
            Check(columns, (backend, x, y) => backend.RmsNorm(x, scale, 1e-6f, true, y));
        }
    }

    [Fact]
    public void RmsNormNormalizesHeadByHead()
    {
        using var scale = Numbers.Random(1, 24);
        using var x = Numbers.Random(2, 5, 96);
        using var expected = Tensor.Allocate(5, 96);
        using var actual = Tensor.Allocate(5, 96);
        reference.RmsNorm(x, scale, 1e-6f, false, expected);
        cpu.RmsNorm(x, scale, 1e-6f, false, actual);
        Numbers.AssertClose(expected.Span, actual.Span, Tolerance);
    }

    [Fact]
    public void LayerNormOfALargeMeanKeepsTheVariance()
    {
        using var x = Numbers.Random(3, 3, 768);
        foreach (ref float value in x.Span)
        {
            value = MathF.Round(value * 64) + 100_000;
        }

        using var expected = Tensor.Allocate(3, 768);
        reference.LayerNorm(x, null, null, 1e-5f, expected);
        cpu.LayerNorm(x, null, null, 1e-5f, x);

        // The mean, near 1e5, is rounded to a float: at most 1/256 of error over a standard deviation of 37.
        Numbers.AssertClose(expected.Span, x.Span, 2e-4);
    }

    [Fact]
    public void NaNSpoilsItsRowOnly()
    {
        using var scale = Tensor.From([1, 1, 1, 1, 1], 5);
        foreach (var norm in new Action<Tensor>[]
        {
            x => cpu.LayerNorm(x, scale, null, 1e-5f, x),
            x => cpu.RmsNorm(x, scale, 1e-5f, false, x),
        })
        {
            using var x = Numbers.Random(3, 3, 5);
            x.Row(1)[4] = float.NaN;
            norm(x);
            Assert.All(x.Row(1).ToArray(), value => Assert.True(float.IsNaN(value)));
            Assert.All(x.Row(0).ToArray(), value => Assert.True(float.IsFinite(value)));
            Assert.All(x.Row(2).ToArray(), value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public unsafe void GivesTheSameBitsAtEveryWidth()
    {
        foreach (int n in Enumerable.Range(1, 150).Append(4096).Append(9001))
        {
            var memory = Numbers.Random(n, 4 * n).ToArray();
            Widths.AssertSameBits(memory, x => new LayerNormKernel(x, x + (2 * n), x + (3 * n), 1e-5f, x, 2, n));
            Widths.AssertSameBits(memory, x => new RmsNormKernel(x, x + (2 * n), 1, 1e-5f, x, 2, n));
        }
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        using var x = Tensor.Zeros(2, 6);
        using var four = Tensor.Zeros(4);
        using var six = Tensor.Zeros(6);
        using var other = Tensor.Zeros(2, 5);
        Assert.Throws<ArgumentException>(() => cpu.LayerNorm(x, four, null, 1e-5f, x));
        Assert.Throws<ArgumentException>(() => cpu.LayerNorm(x, six, four, 1e-5f, x));
        Assert.Throws<ArgumentException>(() => cpu.LayerNorm(x, six, null, 1e-5f, other));
        Assert.Throws<ArgumentException>(() => cpu.RmsNorm(x, four, 1e-5f, false, x));
        Assert.Throws<ArgumentException>(() => cpu.RmsNorm(x, six, 1e-5f, false, other));
    }

    private void Check(int columns, Action<IBackend, Tensor, Tensor> norm)
    {
        using var x = new Guarded(columns, 7, columns);
        using var output = new Guarded(2, 7, columns);
        using var expected = Tensor.Allocate(7, columns);
        norm(reference, x.View, expected);
        norm(cpu, x.View, output.View);
        Numbers.AssertClose(expected.Span, output.View.Span, Tolerance, $"{columns} columns");
        output.AssertSurroundingsUnchanged();
        norm(cpu, x.View, x.View);
        Assert.Equal(output.View.ToArray(), x.View.ToArray());
    }
}
