using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Masks;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

public sealed class OwlTests
{
    [Fact]
    public void More_outliers_mean_lower_ratios_around_the_target()
    {
        double[] ratios = OwlMapping.Ratios([2, 4, 6, 10], [5, 5, 5, 5], 0.7, 0.08, clipsHigh: true);

        Assert.Equal([0.77, 0.73, 0.69, 0.61], ratios.Select(ratio => Math.Round(ratio, 12)));
    }

    [Fact]
    public void The_mean_is_over_weights()
    {
        long[] sizes = [10, 20, 70];
        double[] ratios = OwlMapping.Ratios([1, 2, 9], sizes, 0.6, 0.1, clipsHigh: true);

        Assert.Equal(0.6, ratios.Zip(sizes, (ratio, size) => ratio * size).Sum() / 100, 1e-12);
        Assert.Equal(0.2, ratios[0] - ratios[2], 1e-12);
    }

    [Fact]
    public void Blocks_that_are_alike_get_the_target() =>
        Assert.Equal([0.5, 0.5], OwlMapping.Ratios([3, 3], [1, 1], 0.5, 0.08, clipsHigh: true));

    [Fact]
    public void What_leaves_the_range_is_clipped()
    {
        Assert.Equal(0.99, OwlMapping.Ratios([1, 5], [1, 1], 0.95, 0.2, clipsHigh: true)[0]);
        Assert.Equal(1.15, OwlMapping.Ratios([1, 5], [1, 1], 0.95, 0.2, clipsHigh: false)[0], 1e-12);
        Assert.Equal(0.01, OwlMapping.Ratios([1, 5], [1, 1], 0.05, 0.2, clipsHigh: true)[1]);
    }

    [Fact]
    public void Patterns_vary_by_whole_weights_of_a_group()
    {
        Assert.Equal([5, 4, 4, 3], OwlMapping.PrunedPerGroup([1, 2, 3, 4], [1, 1, 1, 1], new NmPattern(4, 8), 2));
        Assert.Equal([3, 0], OwlMapping.PrunedPerGroup([1, 2], [1, 1], new NmPattern(2, 4), 9));
    }
}
