using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Every allocation with as many zeros as uniform sparsity: what tables compare.</summary>
public sealed class EqualZerosTests
{
    [Theory]
    [InlineData("wanda", "owl")]
    [InlineData("wanda", "alphapruning")]
    [InlineData("wanda", "neuronal")]
    [InlineData("wanda", "progression")]
    [InlineData("multiflow", "neuronal")]
    [InlineData("sparsegpt", "owl")]
    [InlineData("sparsegpt", "neuronal")]
    [InlineData("sparsegpt", "progression")]
    public void Every_allocation_prunes_as_many_weights_as_uniform_sparsity(string method, string allocation)
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 8, tokens: 12);
        var options = model.Options with { Sparsity = 0.63, Method = Named.Method(method) };
        var uniform = model.Prune(options, output: model.At("uniform"));
        var uneven = options with { Allocation = Named.Allocation(allocation) };

        var equal = model.Prune(uneven with { Rounding = SparsityRounding.Equal }, output: model.At("equal"));

        // A column of the lowest layer may be left; SparseGPT's blocks of columns each round and take one weight more.
        var layers = uniform.Blocks.SelectMany(block => block.Layers).ToList();
        long rounding = method == "sparsegpt" ? 2 * layers.Count : layers.Min(layer => layer.Rows);
        Assert.InRange(equal.Zeros, uniform.Zeros - rounding, uniform.Zeros + rounding);
        Assert.True(equal.Blocks.Select(block => block.Sparsity).Distinct().Count() > 1, "The ratios went lost.");
    }

    [Fact]
    public void Rounding_as_published_misses_by_more()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 8, tokens: 12);
        var options = model.Options with { Sparsity = 0.63 };
        var uniform = model.Prune(options, output: model.At("uniform"));

        var published = model.Prune(options with { Allocation = Named.Allocation("neuronal") }, output: model.At("published"));

        Assert.True(published.Zeros > uniform.Zeros + uniform.Blocks.SelectMany(block => block.Layers).Max(layer => layer.Rows));
    }

    [Theory]
    [InlineData(true, Granularity.Row, 1)]
    [InlineData(false, Granularity.Layer, 1)]
    [InlineData(false, Granularity.Row, 4)]
    public void Where_weights_do_not_compete_one_by_one_within_rows_it_is_refused(bool hasPattern, Granularity granularity, int blockRows)
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 8, tokens: 12);
        var options = model.Options with
        {
            Allocation = Named.Allocation("owl"),
            Rounding = SparsityRounding.Equal,
            Pattern = hasPattern ? new NmPattern(2, 4) : null,
            Granularity = granularity,
            BlockRows = blockRows,
        };

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(options));

        Assert.Equal("conflicting-options", error.Code);
    }
}
