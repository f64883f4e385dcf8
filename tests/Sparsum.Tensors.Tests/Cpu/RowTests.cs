using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Tensors.Numerics;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class RowTests : IDisposable
{
    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    public static IEnumerable<int> Columns => Enumerable.Range(1, 70).Append(1000).Append(20_011);

    public void Dispose() => cpu.Dispose();

    [Fact]
    public void SoftmaxMatchesTheReference()
    {
        foreach (int columns in Columns)
        {
            using var x = new Guarded(columns, 5, columns);
            cpu.Scale(x.View, 12);
            using var expected = x.View.Clone();
            reference.Softmax(expected);
            cpu.Softmax(x.View);

            // Scores within 12 are rounded to 1e-6, and that is the relative error of an exponential.
            Numbers.AssertClose(expected.Span, x.View.Span, 2e-6);
            x.AssertSurroundingsUnchanged();
        }
    }

    [Fact]
    public void SoftmaxOfExtremes()
    {
        using var x = Tensor.From([float.NegativeInfinity, 3, float.NegativeInfinity, 1e30f, -1e30f, 0, 1, float.NaN, 1], 3, 3);
        cpu.Softmax(x);
        Assert.Equal([0, 1, 0, 1, 0, 0, float.NaN, float.NaN, float.NaN], x.ToArray());
        using var hidden = Tensor.From([float.NegativeInfinity, float.NegativeInfinity], 1, 2);
        cpu.Softmax(hidden);
        Assert.Equal([float.NaN, float.NaN], hidden.ToArray());
    }

    [Fact]
    public void CrossEntropyMatchesTheReference()
    {
        foreach (int columns in Columns)
        {
            using var logits = new Guarded(columns, 6, columns);
            cpu.Scale(logits.View, 20);
            int[] targets = [0, columns - 1, -100, columns / 2, columns / 3, 0];
            var expected = new double[6];
            var actual = new double[] { 9, 9, 9, 9, 9, 9 };
            reference.CrossEntropy(logits.View, targets, expected);
            cpu.CrossEntropy(logits.View, targets, actual);
            for (int row = 0; row < 6; row++)
            {
                Assert.Equal(expected[row], actual[row], 5e-7);
            }

            Assert.Equal(0, actual[2]);
            reference.CrossEntropy(logits.View, targets, expected, smoothing: 0.3f);
            cpu.CrossEntropy(logits.View, targets, actual, smoothing: 0.3f);
            for (int row = 0; row < 6; row++)
            {
                Assert.Equal(expected[row], actual[row], 2e-6);
            }
        }
    }

    [Fact]
    public void CrossEntropyOfExtremes()
    {
        using var logits = Tensor.From([0, float.NaN, 0, float.NegativeInfinity, 1e30f, 0], 3, 2);
        var losses = new double[3];
        cpu.CrossEntropy(logits, [0, 1, 0], losses);
        Assert.Equal([double.NaN, double.PositiveInfinity, 0], losses);
    }

    [Fact]
    public void CrossEntropyRefusesTargetsOutOfRange()
    {
        using var logits = Tensor.Zeros(2, 3);
        var error = Assert.Throws<ArgumentException>(() => cpu.CrossEntropy(logits, [1, 3], new double[2]));
        Assert.Contains("Target 3 of row 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => cpu.CrossEntropy(logits, [1, -1], new double[2]));
        Assert.Throws<ArgumentException>(() => cpu.CrossEntropy(logits, [1], new double[2]));
        Assert.Throws<ArgumentException>(() => cpu.CrossEntropy(logits, [1, 1], new double[3]));
    }

    [Fact]
    public void ColumnSquareSumsAreTheReferenceToTheBit()
    {
        foreach (int columns in Enumerable.Range(1, 40).Append(255).Append(256).Append(1030))
        {
            using var x = new Guarded(columns, 33, columns);
            var expected = Enumerable.Range(0, columns).Select(i => i * 0.37).ToArray();
            var actual = (double[])expected.Clone();
            reference.AddColumnSquareSums(x.View, expected);
            cpu.AddColumnSquareSums(x.View, actual);
            Assert.Equal(expected, actual);
        }

        using var matrix = Tensor.Zeros(2, 3);
        Assert.Throws<ArgumentException>(() => cpu.AddColumnSquareSums(matrix, new double[2]));
    }

    [Fact]
    public void DoubleColumnSumsAreTheReferenceToTheBit()
    {
        foreach (int columns in Enumerable.Range(1, 40).Append(255).Append(256).Append(1030))
        {
            using var x = new Guarded(columns, 33, columns);
            var expected = Enumerable.Range(0, columns).Select(i => i * 0.37).ToArray();
            var actual = (double[])expected.Clone();
            reference.AddColumnSums(x.View, expected);
            cpu.AddColumnSums(x.View, actual);
            Assert.Equal(expected, actual);
        }

        using var matrix = Tensor.Zeros(2, 3);
        Assert.Throws<ArgumentException>(() => cpu.AddColumnSums(matrix, new double[2]));
    }

    [Fact]
    public void GramProductsAddToTheLowerTriangle()
    {
        foreach (int columns in new[] { 1, 2, 7, 33, 287, 288, 289, 600 })
        {
            using var x = new Guarded(columns, 45, columns);
            using var expected = new DoubleMatrix(columns, columns);
            using var actual = new DoubleMatrix(columns, columns);
            for (int call = 0; call < 2; call++)
            {
                reference.AddGram(x.View, expected);
                cpu.AddGram(x.View, actual);
            }

            for (int i = 0; i < columns; i++)
            {
                Assert.All(Enumerable.Range(0, i + 1), j => Assert.Equal(expected.Row(i)[j], actual.Row(i)[j], 1e-5 * 45));
                Assert.All(actual.Row(i)[(i + 1)..].ToArray(), above => Assert.Equal(0, above));
            }
        }

        using var matrix = Tensor.Zeros(2, 3);
        using var wrong = new DoubleMatrix(2, 2);
        Assert.Throws<ArgumentException>(() => cpu.AddGram(matrix, wrong));
    }

    [Fact]
    public unsafe void SoftmaxGivesTheSameBitsAtEveryWidth()
    {
        foreach (int n in Enumerable.Range(1, 150).Append(4096).Append(9001))
        {
            Widths.AssertSameBits(Numbers.Random(n, 2 * n).ToArray(), x => new SoftmaxKernel(x, 2, n));
        }
    }

    [Fact]
    public unsafe void CrossEntropyGivesTheSameBitsAtEveryWidth()
    {
        int* targets = stackalloc int[2];
        nint chosen = (nint)targets;
        foreach (int n in new[] { 1, 17, 100, 4096, 9001 })
        {
            targets[1] = n - 1;
            var memory = Numbers.Random(n, (2 * n) + 4).ToArray();

            // The losses, as doubles, lie behind the logits, at a multiple of their size or not.
            Widths.AssertSameBits(memory, x => new CrossEntropyKernel(x, (int*)chosen, (double*)(x + (2 * n)), 2, n));
        }
    }
}
