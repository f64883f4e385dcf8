using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class RotateTests : IDisposable
{
    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    public void Dispose() => cpu.Dispose();

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(3, 6, 4)]
    [InlineData(2, 64, 64)]
    [InlineData(4, 80, 32)]
    [InlineData(2, 70, 70)]
    [InlineData(2, 8, 0)]
    public void MatchesTheReference(int heads, int headSize, int rotated)
    {
        var table = Table(rotated, 300);
        int[] positions = [0, 1, 299, 7, 7, 150, 3];
        using var x = new Guarded(1, positions.Length, heads * headSize);
        using var expected = x.View.Clone();
        reference.Rotate(expected, heads, table, positions);
        cpu.Rotate(x.View, heads, table, positions);
        Numbers.AssertClose(expected.Span, x.View.Span, 3e-7);
        x.AssertSurroundingsUnchanged();
    }

    [Theory]
    [InlineData(3, 6, 4)]
    [InlineData(2, 64, 64)]
    [InlineData(2, 9, 6)]
    public void InterleavedTablesRotateNeighbours(int heads, int headSize, int rotated)
    {
        double[] frequencies = [.. Enumerable.Range(0, rotated / 2).Select(i => Math.Pow(100, -2.0 * i / rotated))];
        var table = new RotaryTable(frequencies, 20, scale: 1.5f, isInterleaved: true);
        int[] positions = [0, 19, 7];
        using var x = Numbers.Random(1, positions.Length, heads * headSize);
        using var expected = x.Clone();
        for (int token = 0; token < positions.Length; token++)
        {
            for (int i = 0; i < heads * rotated / 2; i++)
            {
                var (head, pair) = Math.DivRem(i, rotated / 2);
                var values = expected.Row(token).Slice((head * headSize) + (2 * pair), 2);
                double angle = positions[token] * frequencies[pair];
                var (a, b) = (values[0], values[1]);
                values[0] = (float)(1.5 * ((a * Math.Cos(angle)) - (b * Math.Sin(angle))));
                values[1] = (float)(1.5 * ((b * Math.Cos(angle)) + (a * Math.Sin(angle))));
            }
        }

        using var plain = x.Clone();
        cpu.Rotate(x, heads, table, positions);
        reference.Rotate(plain, heads, table, positions);
        Numbers.AssertClose(expected.Span, x.Span, 1e-5);
        Numbers.AssertClose(expected.Span, plain.Span, 1e-5);
    }

    [Fact]
    public unsafe void GivesTheSameBitsAtEveryWidth()
    {
        for (int half = 1; half < 40; half++)
        {
            int size = (2 * half) + 1;
            var memory = Numbers.Random(half, (3 * size) + (2 * half)).ToArray();
            Widths.AssertSameBits(memory, x => new RotationKernel(x, 3, size, x + (3 * size), x + (3 * size) + half, half, -1));
        }
    }

    [Fact]
    public void ArgumentsThatDoNotFitAreRefused()
    {
        var table = Table(4, 10);
        using var x = Tensor.Zeros(2, 12);
        Assert.Throws<ArgumentException>(() => cpu.Rotate(x, 5, table, [0, 1]));
        Assert.Throws<ArgumentException>(() => cpu.Rotate(x, 4, table, [0, 1]));
        Assert.Throws<ArgumentException>(() => cpu.Rotate(x, 3, table, [0]));
        var error = Assert.Throws<ArgumentException>(() => cpu.Rotate(x, 3, table, [0, 10]));
        Assert.Contains("position 10", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => cpu.Rotate(x, 3, table, [0, -1]));
    }

    private static RotaryTable Table(int size, int length) =>
        new([.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(10_000, -2.0 * i / size))], length);
}
