using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation.Progression;
using Sparsum.Pruning.OneShot.Masks;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The progression over depth as a part of runs.</summary>
public sealed class ProgressionTests
{
    [Fact]
    public void The_trial_with_the_least_divergence_wins_and_the_total_is_that_of_one_ratio()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 4, tokens: 12);
        var uniform = model.Prune(Options(model, "progression.lambdas=0"), output: model.At("uniform"));

        var result = model.Prune(Options(model));

        Assert.Equal(uniform.Zeros, result.Zeros);
        var trials = result.Allocation!["trials"]!.AsArray();
        Assert.Equal([0, 0.1, -0.1], trials.Select(trial => (double)trial!["lambda"]!));
        var best = trials.MinBy(trial => (double)trial!["divergence"]!)!;
        Assert.Equal((double)best["lambda"]!, (double)result.Allocation["lambda"]!);
    }

    [Fact]
    public void A_trial_measures_the_model_that_the_run_would_give()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 4, tokens: 12);
        var options = Options(model, "progression.samples=4");
        var result = model.Prune(options);
        double told = result.Allocation!["trials"]!.AsArray().Min(trial => (double)trial!["divergence"]!);

        Assert.Equal(FolderDivergence.Of(model.Input, model.Output, model.Ids), told, 1e-4 * told);
    }

    [Fact]
    public void One_lambda_needs_no_data()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape);
        var options = Options(model, "progression.lambdas=0.2") with { Method = Named.Method("magnitude") };

        var result = model.Prune(options);

        Assert.Null(result.Calibration);
        Assert.True(result.Blocks[0].Sparsity < result.Blocks[1].Sparsity && result.Blocks[1].Sparsity < result.Blocks[2].Sparsity);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(19)]
    [InlineData(33)]
    public void An_interrupted_run_continues_to_the_same_bytes_on_any_number_of_threads(int report)
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 4, tokens: 12);
        model.Prune(Options(model), output: model.At("whole"), threads: 3);

        Interruption.At(model, Options(model), report);
        model.Prune(Options(model), ExistingOutput.Resume);

        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
    }

    [Fact]
    public void Patterns_follow_the_line_and_meet_the_target()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape with { Blocks = 4 }, samples: 4, tokens: 12);

        var result = model.Prune(Options(model) with { Pattern = new NmPattern(4, 8) });

        Assert.Equal(0.5, result.Sparsity);
    }

    [Theory]
    [InlineData("invalid-setting", "progression.lambdas=1")]
    [InlineData("invalid-setting", "progression.samples=0")]
    [InlineData("unreachable-sparsity", "progression.lambdas=0.4,0.5")]
    public void Settings_that_cannot_be_are_refused(string code, string setting)
    {
        using var model = new TestModel(NeuronAlRunTests.Shape);

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model, setting)));

        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void A_model_without_next_tokens_is_refused()
    {
        using var model = new TestModel(TinyConfigs.Bert, """{ "input_ids": [[5, 60, 7, 8], [12, 13, 14, 0]] }""");

        Assert.Equal("not-a-language-model", Assert.Throws<InvalidInputException>(() => model.Prune(Options(model))).Code);
    }

    private static PruneOptions Options(TestModel model, params string[] settings) =>
        (model.Options with { Sparsity = 0.7, Allocation = new ProgressionAllocation(new ProgressionOptions { Lambdas = [0, 0.1, -0.1] }) })
            .Set(settings);
}
