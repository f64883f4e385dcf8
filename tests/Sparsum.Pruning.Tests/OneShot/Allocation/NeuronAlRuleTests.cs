using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Schedules, row ratios, terms and settings on their own.</summary>
public sealed class NeuronAlRuleTests
{
    [Theory]
    [InlineData(5, 0.7, 0.1, "0.60 0.65 0.70 0.75 0.80")]
    [InlineData(4, 0.8, 0.2, "0.6 0.733333 0.866667 0.99")]
    [InlineData(1, 0.8, 0.2, "0.8")]
    public void The_schedule_is_a_line_around_the_target(int blocks, double sparsity, double lambda, string expected)
    {
        double[] ratios = BlockSchedule.Ratios(Alike(blocks), sparsity, lambda);

        Assert.Equal(Parse(expected), ratios.Select(ratio => Math.Round(ratio, 6)));
    }

    [Fact]
    public void The_schedule_of_many_blocks_is_that_line_too()
    {
        double[] ratios = BlockSchedule.Ratios(Alike(32), 0.7, 0.15);

        Assert.Equal(0.55, ratios[0], 1e-12);
        Assert.Equal(0.559677, ratios[1], 1e-6);
        Assert.Equal(0.85, ratios[31], 1e-12);
    }

    /// <summary>By hand: (e^t - 1)/(e - 1) at 0, 1/2, 1 is 0, 0.377541, 1; ln(1 + t (e - 1)) is 0, 0.620115, 1.</summary>
    [Theory]
    [InlineData(DepthShape.Exponential, "0.608164 0.683672 0.808164")]
    [InlineData(DepthShape.Logarithmic, "0.591992 0.716015 0.791992")]
    public void Curves_have_the_ends_of_the_line_as_far_apart_and_its_mean(DepthShape shape, string expected)
    {
        double[] ratios = BlockSchedule.Ratios(Alike(3), 0.7, 0.1, shape);

        Assert.Equal(Parse(expected), ratios.Select(ratio => Math.Round(ratio, 6)));
        Assert.Equal(0.7, ratios.Average(), 1e-12);
    }

    [Fact]
    public void A_curve_of_which_a_block_would_be_clipped_is_no_candidate()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 8, tokens: 12);
        var options = (model.Options with { Sparsity = 0.85, Allocation = Named.Allocation("neuronal") })
            .Set("neuronal.step=block", "neuronal.schedule=exponential", "neuronal.block-lambdas=0.05,0.15");

        var report = model.Prune(options).Allocation!;

        Assert.Equal([0.05], report["blockCandidates"]!.AsArray().Select(candidate => (double)candidate!["lambda"]!));
    }

    [Fact]
    public void Blocks_of_unlike_sizes_meet_the_target_in_the_mean_over_weights()
    {
        long[] sizes = [10, 10, 50, 50];
        double[] ratios = BlockSchedule.Ratios(sizes, 0.6, 0.1);

        Assert.Equal(0.6, ratios.Zip(sizes, (ratio, size) => ratio * size).Sum() / 120, 1e-12);
        Assert.Equal(0.2, ratios[3] - ratios[0], 1e-12);
    }

    [Fact]
    public void Rows_whose_channel_lost_most_become_densest()
    {
        double[] ratios = RowRatios.Of([4, 1, -1, 0], 4, 0.7, 0.1);

        Assert.Equal([0.58, 0.70, 0.78, 0.74], ratios.Select(ratio => Math.Round(ratio, 12)));
    }

    [Fact]
    public void Rows_without_a_signal_keep_the_ratio()
    {
        Assert.Equal([0.7, 0.7], RowRatios.Of(null, 2, 0.7, 0.1));
        Assert.Equal([0.7, 0.7], RowRatios.Of([3, 3], 2, 0.7, 0.1));
        Assert.Equal([0.7, 0.7], RowRatios.Of([1, -1], 2, 0.7, 0.1));
        Assert.Equal([0.7, 0.7], RowRatios.Of([2, -1], 2, 0.7, 0));
    }

    [Fact]
    public void Row_ratios_are_clipped_and_may_be_fewer_than_channels()
    {
        double[] ratios = RowRatios.Of([5, 0, 0, 0], 2, 0.9, 0.25);

        Assert.Equal([0.525, 0.99], ratios.Select(ratio => Math.Round(ratio, 12)));
    }

    [Fact]
    public void The_term_compares_profiles_that_sum_to_one()
    {
        Assert.Equal(0.0279508, AlignmentTerm.Compute([1, 2, 3, 4], [1, 1, 3, 3]), 1e-7);
        Assert.Equal(0, AlignmentTerm.Compute([0.1f, 7], [0.1f, 7]));
        Assert.Equal(Math.Sqrt(0.5) / 2, AlignmentTerm.Compute([2, 2], [0, 0]), 1e-15);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(131)]
    [InlineData(1000)]
    public void Pairwise_sums_are_sums(int count)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => Math.Sin(i) + 1)];

        Assert.Equal(values.Sum(), PairwiseSum.Sum(values), 1e-9);
    }

    [Fact]
    public void Pairwise_sums_go_in_eight_lanes()
    {
        // In order the ones would be lost one by one.
        double[] values = [1e16, 1, 1, 1, 1, 1, 1, 1, 1];

        Assert.Equal(1e16 + 8, PairwiseSum.Sum(values));
        Assert.NotEqual(1e16 + 8, values.Sum());
    }

    [Theory]
    [InlineData(0.7, null, 14, 0.25)]
    [InlineData(0.8, null, 13, 0.2)]
    [InlineData(0.78, null, 13, 0.2)]
    [InlineData(0.05, null, 5, 0.05)]
    [InlineData(0.95, "0.01,0.3", 1, 0.01)]
    public void Lambdas_that_miss_the_target_are_left_out(double sparsity, string? given, int count, double last)
    {
        var lambdas = Read(Options(sparsity, given)).BlockLambdas;

        Assert.Equal((count, last), (lambdas.Count, lambdas[^1]));
    }

    [Fact]
    public void Without_the_filter_only_the_published_rule_is_left()
    {
        var options = Options(0.78, null, ("neuronal.lambda-filter", "false"));
        Assert.Equal(14, Read(options).BlockLambdas.Count);
        Assert.Equal(13, Read(options with { Sparsity = 0.8 }).BlockLambdas.Count);
        Assert.Equal(15, Read(options with { Sparsity = 0.8 }).RowLambdas.Count);
    }

    [Theory]
    [InlineData("unreachable-sparsity", "neuronal.block-lambdas", "0.4")]
    [InlineData("invalid-setting", "neuronal.block-lambdas", "0.1,x")]
    [InlineData("invalid-setting", "neuronal.block-lambdas", "1")]
    [InlineData("invalid-setting", "neuronal.block-lambdas", "")]
    [InlineData("invalid-setting", "neuronal.step", "rows")]
    [InlineData("invalid-setting", "neuronal.samples", "0")]
    [InlineData("invalid-setting", "neuronal.row-rounding", "up")]
    [InlineData("too-few-samples", "neuronal.samples", "4")]
    [InlineData("missing-file", "neuronal.perplexity", "nowhere.txt")]
    [InlineData("missing-file", "neuronal.perplexity", "nowhere.json")]
    public void Settings_that_cannot_be_are_refused_and_leave_nothing(string code, string name, string value)
    {
        using var model = new TestModel();
        string[] before = Folders.Names(model.Root);
        var options = model.Options with
        {
            Sparsity = 0.7,
            Allocation = Named.Allocation("neuronal"),
        };

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(options.Set("neuronal.samples=3").Set($"{name}={value}")));

        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    [Fact]
    public void Rows_do_not_go_with_patterns()
    {
        var options = Options(0.5, null) with { Pattern = new NmPattern(2, 4) };

        Assert.Equal(NeuronAlStep.Block, Read(options).Step);
        foreach (string step in (string[])["row", "both"])
        {
            var given = options.Set($"neuronal.step={step}");
            Assert.Equal("conflicting-options", Assert.Throws<InvalidInputException>(() => Read(given)).Code);
        }
    }

    private static PruneOptions Options(double sparsity, string? lambdas, params (string Name, string Value)[] settings)
    {
        var given = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        if (lambdas is not null)
        {
            given["neuronal.block-lambdas"] = lambdas;
        }

        return new PruneOptions { Sparsity = sparsity, Allocation = new NeuronAlAllocation(), Calibration = new CalibrationOptions { File = "" } }
            .Set(given);
    }

    private static SearchRules Read(PruneOptions options) => ((NeuronAlAllocation)options.Allocation).RulesFor(PruneTask.Of(options));

    private static long[] Alike(int count) => [.. Enumerable.Repeat(7L, count)];

    private static double[] Parse(string numbers) =>
        [.. numbers.Split(' ').Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];
}
