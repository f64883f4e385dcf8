using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Rows that share their zeros, against plain sums and sorts.</summary>
public sealed class RowBlockTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 30)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Blocks_lose_the_columns_of_their_lowest_sums(int seed)
    {
        var (scores, values, height) = Example(seed);
        const double Ratio = 0.55;

        bool[][] masks = Masking.Select(MaskRules.For(Granularity.Row, new LayerTarget(Ratio), height), scores, Ratio);

        foreach (int[] rows in Enumerable.Range(0, values.Length).Chunk(height))
        {
            var lowest = Enumerable.Range(0, 24).OrderBy(c => rows.Sum(r => values[r][c])).Take((int)(24 * Ratio)).ToHashSet();
            Assert.All(rows, r => Assert.Equal(Enumerable.Range(0, 24).Select(lowest.Contains), masks[r]));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Groups_of_a_pattern_choose_by_the_same_sums(int seed)
    {
        var (scores, values, height) = Example(seed);
        var target = new LayerTarget(0) { Pattern = new NmPattern(2, 4) };

        bool[][] masks = Masking.Select(MaskRules.For(Granularity.Row, target, height), scores, 0);

        foreach (int[] rows in Enumerable.Range(0, values.Length).Chunk(height))
        {
            var lowest = Enumerable.Range(0, 24).Chunk(4).SelectMany(group => group.OrderBy(c => rows.Sum(r => values[r][c])).Take(2)).ToHashSet();
            Assert.All(rows, r => Assert.Equal(Enumerable.Range(0, 24).Select(lowest.Contains), masks[r]));
        }
    }

    [Fact]
    public void Row_ratios_are_averaged_over_a_block()
    {
        var scores = new LayerScores("layer", 6, 10, (_, values) => values.Fill(1), threads: 1);
        var target = new LayerTarget(0.5) { RowRatios = [0.25, 0.75, 0.125, 0.375, 0.5, 0.75] };

        bool[][] masks = Masking.Select(MaskRules.For(Granularity.Row, target, 4), scores, 0.5);

        // Means 0.375 and 0.625; what is kept is rounded down to 6 and 3.
        Assert.Equal([4, 4, 4, 4, 7, 7], masks.Select(mask => mask.Count(pruned => pruned)));
    }

    [Fact]
    public void A_score_that_is_no_number_names_the_block()
    {
        var scores = new LayerScores("layer", 7, 4, (row, values) => values.Fill(row == 6 ? float.NaN : 1), threads: 2);

        var error = Assert.Throws<RunFailedException>(() => Masking.Select(new RowBlockRule(new RowRule(), 4), scores, 0.5));

        Assert.Equal("NaN in block of 4 rows 1 of layer", error.Found);
    }

    [Theory]
    [InlineData("magnitude")]
    [InlineData("wanda")]
    public void A_run_leaves_rows_of_a_block_with_the_same_zeros(string method)
    {
        using var model = new TestModel();

        var result = model.Prune(model.Options with { Method = Named.Method(method), BlockRows = 4 });

        using var pruned = PretrainedModel.Open(model.Output);
        pruned.LoadAll();
        foreach (var linear in pruned.Model.Blocks.SelectMany(block => block.Linears))
        {
            bool[][] zeros = [.. linear.Weight.Value.ToArray().Select(weight => weight == 0).Chunk(linear.InputSize)];
            Assert.All(zeros.Chunk(4), rows => Assert.All(rows, row => Assert.Equal(rows[0], row)));
        }

        Assert.InRange(result.Sparsity, 0.55, 0.6);
    }

    private static (LayerScores Scores, float[][] Values, int Height) Example(int seed)
    {
        var random = new Random(seed);
        int rows = random.Next(1, 20);
        float[][] values = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, 24).Select(_ => random.Next(12) / 4f).ToArray())];
        var scores = new LayerScores("layer", rows, 24, (row, result) => values[row].CopyTo(result), threads: 1 + (seed % 3));
        return (scores, values, 2 + (seed % 3));
    }
}
