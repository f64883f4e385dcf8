using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Rules against plain sorting, on scores with many ties.</summary>
public sealed class MaskRuleTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Rows_lose_their_lowest_scores_the_lower_column_first(int seed)
    {
        var (scores, values, ratio) = Example(seed);
        int count = (int)Math.Floor(scores.Columns * ratio);

        bool[][] masks = Masking.Select(new RowRule(), scores, ratio);

        for (int r = 0; r < scores.Rows; r++)
        {
            int[] lowest = [.. Enumerable.Range(0, scores.Columns).OrderBy(c => values[r][c]).Take(count)];
            Assert.Equal(lowest.Order(), Marked(masks[r]));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_layer_loses_all_scores_up_to_its_threshold(int seed)
    {
        var (scores, values, ratio) = Example(seed);
        float[] sorted = [.. values.SelectMany(row => row).Order()];
        int index = (int)Math.Floor(sorted.Length * ratio);

        AssertThreshold(new LayerRule(includesIndex: true), ratio > 0 ? sorted[index] : float.NegativeInfinity);
        AssertThreshold(new LayerRule(includesIndex: false), index > 0 ? sorted[index - 1] : float.NegativeInfinity);

        void AssertThreshold(LayerRule rule, float threshold) =>
            Assert.Equal(values.Select(row => row.Select(value => value <= threshold)), Masking.Select(rule, scores, ratio));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Rows_lose_the_same_share_of_their_sums(int seed)
    {
        var (scores, values, ratio) = Example(seed, columnFactor: 20);

        bool[][] masks = Masking.Select(new RowSumRule(), scores, ratio);

        // The bisection written out, on sorted rows.
        var sorted = values.Select(row => row.Order().ToArray()).ToArray();
        var (least, most, share) = (0.0, 0.8, 0.4);
        float[] thresholds = Thresholds();
        while (ratio > 0 && Math.Abs(Sparsity() - ratio) > 0.001 && most - least >= 0.001)
        {
            (least, most, share) = Sparsity() > ratio ? (least, share, (share + least) / 2) : (share, most, (share + most) / 2);
            thresholds = Thresholds();
        }

        Assert.Equal(values.Zip(thresholds, (row, threshold) => row.Select(value => ratio > 0 && value <= threshold)), masks);

        double Sparsity() => values.Zip(thresholds, (row, threshold) => row.Count(value => value <= threshold)).Sum() / (double)sorted.Sum(row => row.Length);

        float[] Thresholds() => [.. sorted.Select(row => row
            .TakeWhile((_, i) => row.Take(i + 1).Sum(value => (double)value) <= share * row.Sum(value => (double)value))
            .DefaultIfEmpty(float.NegativeInfinity)
            .Last())];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Groups_lose_their_lowest_scores_the_lower_column_first(int seed)
    {
        var (scores, values, _) = Example(seed, columnFactor: 8);
        int size = new[] { 2, 4, 8 }[seed % 3];
        int count = 1 + (seed % (size - 1));

        bool[][] masks = Masking.Select(new NmRule(new NmPattern(count, size)), scores, 0);

        for (int r = 0; r < scores.Rows; r++)
        {
            var expected = Enumerable.Range(0, scores.Columns).Chunk(size).SelectMany(group => group.OrderBy(c => values[r][c]).Take(count));
            Assert.Equal(expected.Order(), Marked(masks[r]));
        }
    }

    [Theory]
    [InlineData(4096, 0.7, 2867)]
    [InlineData(40, 0.9, 36)]
    [InlineData(40, 0.7, 28)]
    [InlineData(10, 0.0, 0)]
    [InlineData(3, 0.999, 2)]
    public void Counts_are_rounded_down_in_double_precision(int columns, double ratio, int expected)
    {
        Assert.Equal(expected, RowRule.CountPruned(columns, ratio));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_score_that_is_no_number_names_the_layer(int threads)
    {
        var scores = new LayerScores("block.layer", 9, 4, (row, values) => values.Fill(row >= 5 ? float.NaN : 1), threads);

        var error = Assert.Throws<RunFailedException>(() => Masking.Select(new RowRule(), scores, 0.5));

        Assert.Equal("undefined-score", error.Code);
        Assert.Equal("NaN in row 5 of block.layer", error.Found);
    }

    [Fact]
    public void Columns_must_be_whole_groups()
    {
        var error = Assert.Throws<InvalidInputException>(() => new NmRule(new NmPattern(2, 4)).Check("block.layer", 6));

        Assert.Equal("indivisible-columns", error.Code);
        Assert.Equal("block.layer", error.File);
    }

    [Theory]
    [InlineData("2:4", 2, 4)]
    [InlineData("5:8", 5, 8)]
    public void Patterns_read_pruned_of_group(string text, int pruned, int size)
    {
        Assert.Equal(new NmPattern(pruned, size), NmPattern.Parse(text));
        Assert.Equal(text, NmPattern.Parse(text).ToString());
    }

    [Theory]
    [InlineData("4:4")]
    [InlineData("0:4")]
    [InlineData("2")]
    [InlineData("2:4:8")]
    [InlineData("-1:4")]
    [InlineData("a:b")]
    [InlineData("99999999999:4")]
    public void Other_patterns_are_refused(string text)
    {
        Assert.Equal("malformed-pattern", Assert.Throws<InvalidInputException>(() => NmPattern.Parse(text)).Code);
    }

    [Fact]
    public void Zeroing_keeps_other_bits_and_counts_both_zeros()
    {
        using var weight = Tensor.From([1.5f, -2, 0, -0f, 3, float.Epsilon], 2, 3);

        WeightMasking.Zero(weight.Row(0), [true, false, false]);

        Assert.Equal([0, -2, 0, -0f, 3, float.Epsilon], weight.ToArray());
        Assert.Equal(3, Zeros.Count(weight));
    }

    private static int[] Marked(bool[] mask) => [.. mask.Index().Where(entry => entry.Item).Select(entry => entry.Index)];

    private static (LayerScores Scores, float[][] Values, double Ratio) Example(int seed, int columnFactor = 1)
    {
        var random = new Random(seed);
        int rows = random.Next(1, 20);
        int columns = random.Next(1, 40) * columnFactor;
        float[][] values = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => random.Next(12) / 4f).ToArray())];
        var scores = new LayerScores("layer", rows, columns, (row, result) => values[row].CopyTo(result), threads: 1 + (seed % 3));
        return (scores, values, seed % 10 == 0 ? 0 : random.NextDouble() * 0.999);
    }
}
