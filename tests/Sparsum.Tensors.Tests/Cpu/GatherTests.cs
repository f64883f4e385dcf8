using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class GatherTests : IDisposable
{
    private readonly CpuBackend cpu = new(2);

    public void Dispose() => cpu.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(300)]
    public void CopiesOrAddsRows(int columns)
    {
        using var table = Numbers.Random(1, 11, columns);
        int[] ids = [.. Enumerable.Range(0, 200).Select(i => i * 7 % 11)];
        using var output = new Guarded(2, ids.Length, columns);
        cpu.Gather(table, ids, output.View);
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.Equal(table.Row(ids[i]).ToArray(), output.View.Row(i).ToArray());
        }

        cpu.Gather(table, ids, output.View, accumulate: true);
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.Equal(table.Row(ids[i]).ToArray().Select(value => 2 * value), output.View.Row(i).ToArray());
        }

        output.AssertSurroundingsUnchanged();
    }

    [Fact]
    public void ArgumentsThatDoNotFitAreRefused()
    {
        using var table = Tensor.Zeros(4, 3);
        using var output = Tensor.Zeros(2, 3);
        var error = Assert.Throws<ArgumentException>(() => cpu.Gather(table, [0, 4], output));
        Assert.Contains("Id 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("has 4", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => cpu.Gather(table, [0, -1], output));
        Assert.Throws<ArgumentException>(() => cpu.Gather(table, [0], output));
    }
}
