using Sparsum.RandomModel;
using Sparsum.Samples.Extending;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>What another assembly adds is used like what is there: the sample sees nothing but the public library.</summary>
public sealed class SampleTests
{
    [Fact]
    public void Each_kind_of_method_and_an_architecture_are_added_from_outside()
    {
        using var model = new TestModel(new RandomLlama { Blocks = 2, Hidden = 32, Intermediate = 64 });
        var output = new StringWriter();

        int code = SampleRuns.Run(output, [model.Input, model.Ids, model.At("out")]);

        Assert.Equal(0, code);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("a saliency: sparsity 0.500, by block 0.500 0.500", lines[0].TrimEnd());
        Assert.Equal("a pruning method: sparsity 0.500, by block 0.500 0.500", lines[1].TrimEnd());
        Assert.Matches("^an allocation: sparsity 0.500, by block (0.375 0.625|0.625 0.375)", lines[2]);
        Assert.Equal("a refinement: sparsity 0.500, by block 0.500 0.500", lines[3].TrimEnd());
        Assert.StartsWith("a sparse-training method: sparsity 0.500 after 2 steps, accuracy", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("an architecture, trained: sparsity 0.250 after 2 steps, accuracy", lines[5], StringComparison.Ordinal);
        Assert.Equal("an architecture, pruned: sparsity 0.500, by block 0.500 0.500", lines[6].TrimEnd());
        Assert.Matches(@"^an architecture, measured: perplexity \d+\.\d, trained \d+\.\d, pruned \d+\.\d", lines[7]);
        Assert.Contains("\"model_type\": \"square\"", File.ReadAllText(Path.Combine(model.At("out"), "an-architecture-pruned", "config.json")), StringComparison.Ordinal);
        Assert.Contains("damped-wanda", File.ReadAllText(Path.Combine(model.At("out"), "a-saliency", "pruning.json")), StringComparison.Ordinal);
        Assert.Contains("\"rescaling.strength\": \"0.5\"", File.ReadAllText(Path.Combine(model.At("out"), "a-pruning-method", "pruning.json")), StringComparison.Ordinal);
        Assert.Equal(2, SampleRuns.Run(output, []));
    }
}
