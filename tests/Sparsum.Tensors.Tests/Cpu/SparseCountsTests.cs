using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Sparse;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class SparseCountsTests
{
    [Theory]
    [InlineData(3, 5)]
    [InlineData(8, 70)]
    [InlineData(258, 37)]
    [InlineData(700, 33)]
    public void EveryRowHasItsNonzerosAndEveryGroupItsColumns(int rows, int columns)
    {
        using var pool = new WorkerPool(2);
        using var weight = Numbers.Random(1, rows, columns);
        foreach (ref float value in weight.Span)
        {
            value = value < 0.7f ? 0 : value;
        }

        var counts = new SparseCounts(weight, pool, InstructionSets.Best);

        int[] all = [.. Enumerable.Range(0, rows)];
        Assert.Equal(all.Select(row => weight.Row(row).ToArray().Count(value => value != 0)), counts.InLines(1));
        if (rows % 4 == 0)
        {
            Assert.Equal(
                all.Chunk(4).Select(group => Enumerable.Range(0, columns).Count(column => group.Any(row => weight.Row(row)[column] != 0))),
                counts.InLines(4));
        }
    }
}
