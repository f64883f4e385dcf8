using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.Tests.HeadElimination;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

public sealed class MeasureTests
{
    [Fact]
    public void Removed_weights_go_on_counting()
    {
        var attention = Modules.Attention(2, 2, 3);
        attention.Query.Weight.Value.Fill(1);
        attention.Key.Weight.Value.Fill(1);
        attention.Value.Weight.Value.Fill(1);
        attention.Query.Weight.Value.Row(0)[0] = 0.5e-4f;
        attention.Key.Weight.Value.Row(3)[1] = -0.5e-4f;
        attention.Value.Weight.Value.Row(3)[2] = 1e-4f;
        var tracked = new PrunableWeights([attention.Query.Weight, attention.Key.Weight, attention.Value.Weight]);

        Assert.Equal(new PrunableSparsity(2, 0, 36), tracked.Measure());
        attention.RemoveHeads([0]);
        Assert.Equal(new PrunableSparsity(1, 18, 36), tracked.Measure());
        Assert.Equal(19.0 / 36, tracked.Measure().Sparsity);
        Assert.Equal(1, tracked.Zero());
        Assert.Equal(0, attention.Key.Weight.Value.Row(1)[1]);
        Assert.Equal(1e-4f, attention.Value.Weight.Value.Row(1)[2]);
    }

    [Fact]
    public void Weights_that_went_before_count_too()
    {
        var attention = Modules.Attention(2, 2, 3);
        attention.RemoveHeads([0]);
        var tracked = new PrunableWeights([attention.Query.Weight, attention.Key.Weight, attention.Value.Weight]);
        Assert.Equal((18, 36), (tracked.Removed, tracked.Dense));
    }

    [Fact]
    public void The_output_projection_is_tracked_on_demand()
    {
        var attention = Modules.Attention(2, 2, 3);
        var feedForward = Modules.FeedForward(3, 5);
        var block = new TransformerBlock
        {
            Index = 0,
            Name = "block",
            Style = BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = null!,
            FeedForwardNorm = null!,
            Linears = [],
        };

        Assert.Equal(36 + 30, PrunableWeights.Of([block], SparsityScope.Regularised).Dense);
        Assert.Equal(48 + 30, PrunableWeights.Of([block], SparsityScope.PlusOutput).Dense);
        Assert.Equal(4, PrunableWeights.Of([block], SparsityScope.All, [attention.Query.Bias!]).Dense);
    }

    [Fact]
    public void Connectivity_by_hand()
    {
        using var first = Tensor.From([1, 1, 1, 0, 1, 0, 0, 0.5e-4f, 0, 0, 0, 0], 3, 4);
        using var second = Tensor.From([1, -1], 1, 2);

        var connectivity = Connectivity.Of([first, second]);

        Assert.Equal([75, 25, 0, 100], connectivity.Percentages);
        Assert.Equal(50, connectivity.Mean);
        Assert.Equal(Math.Sqrt((625 + 625 + 2500 + 2500) / 4.0), connectivity.StandardDeviation, 1e-12);
        Assert.Equal(1, connectivity.Isolated);
        Assert.Equal([1, 1, 0, 2], connectivity.Histogram(4));
    }

    [Fact]
    public void Relative_importance_by_hand()
    {
        // Module 1: removed 1 and 3 (mean 2) while 4 stayed: 0.5. Module 2 kept all. Module 3: removed 3 while 1 and 2 stayed (mean 1.5): 2.
        RemovalImportance[][] modules = [[new(1, 4), new(3, 4)], [], [new(3, 1.5)]];

        Assert.Equal(1.25, HeadImportance.RelativeOfRemoved(modules));
        Assert.Null(HeadImportance.RelativeOfRemoved(modules[1..2]));
    }

    [Fact]
    public void The_importance_of_a_head_is_the_magnitude_of_its_output_columns()
    {
        var attention = Modules.Attention(2, 2, 1);
        attention.Output.Weight.Set(Tensor.From([1, -2, 3, 4], 1, 4));

        Assert.Equal((3.0, 7.0), (HeadImportance.Of(attention, 0), HeadImportance.Of(attention, 1)));
    }
}

/// <summary>Shorthand for tests.</summary>
internal static class TensorFilling
{
    public static void Fill(this Tensor tensor, float value) => tensor.Span.Fill(value);
}
