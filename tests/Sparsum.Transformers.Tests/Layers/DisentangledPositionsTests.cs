using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Transformers.Tests.Layers;

/// <summary>Rows of the published DeBERTa v3 models, worked by hand: 256 rows to each side, single ones up to distance 128.</summary>
public class DisentangledPositionsTests
{
    [Theory]
    [InlineData(0, 256)]
    [InlineData(1, 257)]
    [InlineData(-1, 255)]
    [InlineData(127, 383)]
    [InlineData(128, 384)]
    [InlineData(129, 385)]
    [InlineData(200, 425)]
    [InlineData(-200, 87)]
    [InlineData(511, 511)]
    [InlineData(-511, 1)]
    [InlineData(600, 511)]
    [InlineData(-600, 0)]
    public void Far_distances_share_rows(int distance, int row) =>
        Assert.Equal(row, new DisentangledPositions(new Parameter("table", 512, 4), null, isBucketed: true, maxDistance: 512).Row(distance));

    [Theory]
    [InlineData(0, 4)]
    [InlineData(3, 7)]
    [InlineData(9, 7)]
    [InlineData(-4, 0)]
    [InlineData(-9, 0)]
    public void Without_buckets_each_distance_has_its_row_up_to_the_last(int distance, int row) =>
        Assert.Equal(row, new DisentangledPositions(new Parameter("table", 8, 4), null, isBucketed: false, maxDistance: 4).Row(distance));
}
