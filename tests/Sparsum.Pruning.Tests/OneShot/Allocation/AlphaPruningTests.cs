using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation.AlphaPruning;
using Sparsum.Pruning.OneShot.Streaming;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

public sealed class AlphaPruningTests
{
    private static readonly double[] Spectrum =
        [0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.62, 0.64, 0.66, 0.9, 1.2, 1.6, 2.2, 3, 4.5, 7, 12, 25, 80];

    /// <summary>Means over the seven matrices of LLaMA-1-7B's blocks, as published.</summary>
    private static readonly double[] Llama7B =
    [
        2.6222, 2.8899, 2.9690, 2.9645, 3.0900, 3.0638, 2.9606, 2.7456, 2.7752, 2.6086, 2.7167, 2.7297, 2.7843, 2.8517, 2.8966, 3.1767,
        3.1230, 3.4461, 3.8715, 3.6060, 3.8945, 4.0660, 3.7551, 3.7146, 3.9941, 4.2204, 4.1024, 4.1604, 3.8508, 4.0934, 4.1601, 3.5374,
    ];

    [Theory]
    [InlineData("Published", 5, 1.592926, 0.090153)]
    [InlineData("Intended", 8, 1.586411, 0.098557)]
    public void The_tail_of_a_spectrum_is_fitted(string cut, int start, double alpha, double distance)
    {
        var fit = HillEstimator.Fit(Spectrum, Enum.Parse<LowerCut>(cut), bins: 10);

        Assert.Equal(start, fit.Start);
        Assert.Equal(alpha, fit.Alpha, 1e-6);
        Assert.Equal(distance, fit.Distance, 1e-6);
    }

    [Fact]
    public void Zeros_are_left_out_and_too_little_is_no_tail()
    {
        var whole = HillEstimator.Fit(Spectrum, LowerCut.Published, bins: 10);

        Assert.Equal(whole, HillEstimator.Fit([-1e-18, 0, 0, .. Spectrum], LowerCut.Published, bins: 10));
        Assert.Equal((0, 1, -1), HillEstimator.Fit([0, 3], LowerCut.Published));
    }

    [Fact]
    public void Ratios_follow_the_exponents()
    {
        double[] ratios = AlphaMapping.Ratios([2, 3, 4], [7, 7, 7], 0.7, 0.3);

        Assert.Equal([0.49, 0.7, 0.91], ratios.Select(ratio => Math.Round(ratio, 6)));
        Assert.Equal([0.4, 0.4], AlphaMapping.Ratios([2, 2], [1, 3], 0.4, 0.3).Select(ratio => Math.Round(ratio, 6)));
    }

    [Theory]
    [InlineData(0.3, 0.5006, 0.9297)]
    [InlineData(0.2, 0.5680, 0.8521)]
    public void Published_exponents_give_published_ratios(double epsilon, double least, double most)
    {
        long[] sizes = [.. Llama7B.Select(_ => 202_375_168L)];
        double[] ratios = AlphaMapping.Ratios(Llama7B, sizes, 0.7, epsilon);

        Assert.Equal(least, ratios.Min(), 1e-4);
        Assert.Equal(most, ratios.Max(), 1e-4);
        Assert.Equal(0.7, ratios.Average(), 1e-7);
    }

    [Fact]
    public void Clipping_keeps_the_mean()
    {
        long[] sizes = [.. Llama7B.Select((_, i) => 100L + i)];
        double[] wild = AlphaMapping.Ratios(Llama7B, sizes, 0.8, 0.3);
        Assert.Contains(wild, ratio => ratio > 1);

        double[] ratios = AlphaMapping.Clip(wild, sizes, 0.8);

        Assert.All(ratios, ratio => Assert.InRange(ratio, 0.01, 0.99));
        Assert.Equal(0.8, ratios.Zip(sizes, (ratio, size) => ratio * size).Sum() / sizes.Sum(), 1e-7);
        Assert.Equal(wild.Index().OrderBy(entry => entry.Item).First().Index, ratios.Index().OrderBy(entry => entry.Item).First().Index);
    }

    [Fact]
    public void What_is_within_bounds_stays()
    {
        double[] tame = AlphaMapping.Ratios([2, 3, 4], [7, 7, 7], 0.7, 0.3);

        Assert.Equal(tame, AlphaMapping.Clip(tame, [7, 7, 7], 0.7));
    }

    [Fact]
    public void Known_exponents_are_not_computed_again()
    {
        using var model = new TestModel();
        string cache = model.At("alphas.json");
        var options = Options(model, ("alphapruning.cache", cache));
        var first = model.Prune(options);
        var layers = new List<string?>();

        var again = model.Prune(options, output: model.At("again"), progress: report =>
        {
            if (report.Phase == PrunePhase.Allocate)
            {
                layers.Add(report.Layer);
            }
        });

        Assert.Empty(layers);
        Assert.Equal(first.Allocation!.ToJsonString(), again.Allocation!.ToJsonString());
        Assert.Equal(0.6, (double)first.Allocation["meanRatio"]!, 1e-7);
    }

    [Fact]
    public void A_damaged_file_of_exponents_is_named()
    {
        using var model = new TestModel();
        string cache = model.At("alphas.json");
        File.WriteAllText(cache, "{");

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model, ("alphapruning.cache", cache))));

        Assert.Equal(("damaged-cache", cache), (error.Code, error.File));
        Assert.False(Directory.Exists(model.Output) || Directory.Exists(model.Work));
    }

    [Fact]
    public void A_block_is_not_deleted()
    {
        using var model = new TestModel();
        var options = Options(model, ("alphapruning.clip", "false"), ("alphapruning.epsilon", "0.9")) with { Sparsity = 0.9 };

        Assert.Equal("block-erased", Assert.Throws<InvalidInputException>(() => model.Prune(options)).Code);
        Assert.False(Directory.Exists(model.Output) || Directory.Exists(model.Work));
    }

    [Fact]
    public void An_interrupted_run_goes_on_behind_the_last_block_that_is_known()
    {
        using var model = new TestModel();
        var options = Options(model);
        model.Prune(options, output: model.At("whole"));
        Assert.Throws<InvalidTimeZoneException>(() => model.Prune(options, progress: report =>
        {
            if (report is { Phase: PrunePhase.Allocate, Block: 2 })
            {
                throw new InvalidTimeZoneException();
            }
        }));
        var seen = new HashSet<int>();

        model.Prune(options, ExistingOutput.Resume, report =>
        {
            if (report.Phase == PrunePhase.Allocate)
            {
                seen.Add(report.Block);
            }
        });

        Assert.Equal([2], seen);
        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
    }

    private static PruneOptions Options(TestModel model, params (string Name, string Value)[] settings) => (model.Options with
    {
        Allocation = Named.Allocation("alphapruning"),
    }).Set(settings.Select(setting => $"{setting.Name}={setting.Value}"));
}
