using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Allocations on a model with an encoder and a decoder.</summary>
public sealed class TwoStackAllocationTests
{
    private const double Target = 0.6;

    [Theory]
    [InlineData("uniform")]
    [InlineData("owl")]
    [InlineData("alphapruning")]
    [InlineData("dsa", "dsa.expression=W:(LOG,NORMALIZE)-(L1_NORM)-(SIGMOID)-(8)")]
    [InlineData("neuronal", "neuronal.samples=3", "neuronal.block-lambdas=0.1,0.2", "neuronal.row-lambdas=0,0.1")]
    public void The_target_is_reached_over_both_stacks(string allocation, params string[] settings)
    {
        using var model = Create();

        var result = model.Prune(Options(model, allocation, settings), threads: 2);

        // Each row loses a whole number of weights, less than one away from its ratio.
        var layers = result.Blocks.SelectMany(block => block.Layers).ToList();
        Assert.InRange(result.Zeros - (Target * result.Elements), -layers.Sum(layer => layer.Rows), layers.Sum(layer => layer.Rows));
        AssertWhole(model, result);
        double[] blocks = [.. result.Blocks.Select(block => block.Sparsity)];
        Assert.Equal(allocation == "uniform" ? 1 : 4, blocks.Select(sparsity => Math.Round(sparsity, 3)).Distinct().Count());
    }

    [Theory]
    [InlineData("uniform")]
    [InlineData("owl")]
    [InlineData("alphapruning")]
    [InlineData("dsa", "dsa.expression=W:(LOG,NORMALIZE)-(L1_NORM)-(SIGMOID)-(8)")]
    public void Where_a_matrix_competes_as_one_only_its_last_weight_is_rounded(string allocation, params string[] settings)
    {
        using var model = Create();

        var result = model.Prune(Options(model, allocation, settings) with { Granularity = Granularity.LayerKth }, threads: 2);

        Assert.InRange(result.Zeros - (Target * result.Elements), -result.Blocks.Sum(block => block.Layers.Count), 1e-6);
        AssertWhole(model, result);
    }

    [Fact]
    public void Besa_which_learns_one_stack_is_refused()
    {
        using var model = Create();
        string[] before = Folders.Names(model.Root);

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model, "besa")));

        Assert.Equal(("unsupported-model", "allocation"), (error.Code, error.Option));
        Assert.Contains("owl", error.Hint, StringComparison.Ordinal);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    private static TestModel Create() => new(TinyConfigs.T5, UnevenSequences.Json([7, 3, 12, 3, 7], hasTargets: true));

    private static PruneOptions Options(TestModel model, string allocation, params string[] settings) => (model.Options with
    {
        Allocation = Named.Allocation(allocation),
        Sparsity = Target,
    }).Set(settings);

    /// <summary>Every layer of both stacks lost weights, and the folder is a model.</summary>
    private static void AssertWhole(TestModel model, PruneResult result)
    {
        Assert.Equal([7, 7, 11, 11], result.Blocks.Select(block => block.Layers.Count));
        Assert.All(result.Blocks.SelectMany(block => block.Layers), layer => Assert.InRange(layer.Sparsity, 0.3, 0.9));
        using var pruned = PretrainedModel.Open(model.Output);
        pruned.LoadAll();
        Assert.Empty(pruned.UnusedTensors);
        Assert.Equal(result.Zeros, pruned.Model.Blocks.SelectMany(block => block.Linears).Sum(linear => linear.Weight.Value.ToArray().LongCount(weight => weight == 0)));
    }
}
