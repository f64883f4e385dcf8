using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Pruning.Tests.HeadElimination;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Training.Schedules;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

public sealed class TargetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(0.503)]
    [InlineData(0.95)]
    [InlineData(1)]
    public void The_threshold_is_the_sort_s(double sparsity)
    {
        Parameter[] parameters = [Weight(Numbers.Random(1, 20, 33)), Weight(Numbers.Random(2, 7, 40))];
        float[] sorted = [.. parameters.SelectMany(parameter => parameter.Value.ToArray()).Select(Math.Abs).Order()];
        var tracked = new PrunableWeights(parameters);
        int zeros = (int)Math.Round(sparsity * sorted.Length);

        var threshold = MagnitudeThreshold.Find(tracked, sparsity);
        threshold.Apply(tracked);

        Assert.Equal(zeros, threshold.Zeros);
        Assert.Equal(zeros == 0 ? 0 : sorted[zeros - 1], threshold.Threshold);
        Assert.Equal(zeros, parameters.Sum(parameter => parameter.Value.ToArray().Count(w => w == 0)));
    }

    [Fact]
    public void Ties_go_by_tensor_order_then_index_and_removed_weights_count()
    {
        var attention = Modules.Attention(2, 1, 3);
        attention.Query.Weight.Set(Tensor.From([9, 9, 9, 1, -2, 2], 2, 3));
        attention.Key.Weight.Set(Tensor.From([9, 9, 9, 2, 3, -2], 2, 3));
        var tracked = new PrunableWeights([attention.Query.Weight, attention.Key.Weight]);
        attention.RemoveHeads([0]);

        // 10 of 12: 6 are gone, 4 of the rest: the one, and three of the four twos.
        var threshold = MagnitudeThreshold.Find(tracked, 10.0 / 12);
        threshold.Apply(tracked);

        Assert.Equal(new MagnitudeThreshold(2, 4, 3), threshold);
        Assert.Equal([0, 0, 0], attention.Query.Weight.Value.ToArray());
        Assert.Equal([0, 3, -2], attention.Key.Weight.Value.ToArray());
        Assert.True(threshold.IsMostlyPostHoc);
        Assert.Equal(0, MagnitudeThreshold.Find(tracked, 0.5).Zeros);
    }

    [Fact]
    public void A_weight_that_is_no_number_has_no_place()
    {
        var tracked = new PrunableWeights([Weight(Tensor.From([1, float.NaN], 1, 2))]);
        Assert.Throws<ArgumentException>(() => MagnitudeThreshold.Find(tracked, 0.5));
    }

    [Fact]
    public void The_controller_follows_a_cubic_ramp()
    {
        var controller = new SparsityController(0.8, 100, strength: 2);

        Assert.Equal(0, controller.Ramp(0));
        Assert.Equal(0.8 * 0.875, controller.Ramp(50), 1e-12);
        Assert.Equal(0.8, controller.Ramp(500));
        Assert.Equal(Math.Exp(2 * 0.2), controller.Update(50, 0.5), 1e-12);
        Assert.Equal(Math.Exp((2 * 0.2) - (2 * 0.1)), controller.Update(100, 0.9), 1e-12);
        Assert.Throws<InvalidInputException>(() => new SparsityController(1, 10));
        Assert.Throws<InvalidInputException>(() => new SparsityController(0.5, 0));
        Assert.Throws<InvalidInputException>(() => new SparsityController(0.5, 10, double.NaN));
    }

    [Theory]
    [InlineData(2105, 2e-5, 0.0211, 0.384)]
    [InlineData(390, 2e-5, 0.0039, 0.074)]
    [InlineData(1560, 5e-5, 0.039, 0.648)]
    public void The_budget_of_a_linear_schedule(int steps, double rate, double distance, double share)
    {
        var budget = LearningRateBudget.Of(new LearningRateSchedule(ScheduleShape.Linear, rate, steps));

        Assert.Equal(distance, budget.Distance, 1e-4);
        Assert.Equal(share, budget.ReachableShare(0.042), 2e-3);
    }

    [Theory]
    [InlineData(0.5, 0.520499877813)]
    [InlineData(1, 0.842700792950)]
    [InlineData(3, 0.999977909503)]
    [InlineData(7, 1)]
    public void The_share_is_the_error_function(double x, double expected) =>
        Assert.Equal(expected, new LearningRateBudget(x * Math.Sqrt(2)).ReachableShare(1), 1e-11);

    [Fact]
    public void A_target_out_of_reach_is_warned_of_with_each_tensor_s_own_deviation()
    {
        using var narrow = Tensor.From([0.01f, -0.01f, 0.01f], 1, 3);
        using var wide = Tensor.From([1], 1, 1);
        var budget = new LearningRateBudget(0.1);

        // Three of four weights are surely within reach, the last with erf(0.1/√2) = 0.0797.
        Assert.Equal((3 + 0.0796557) / 4, budget.ReachableShare([narrow, wide]), 1e-6);
        Assert.Null(budget.Warning(0.75, [narrow, wide]));
        Assert.Contains("90.0", budget.Warning(0.9, [narrow, wide]), StringComparison.Ordinal);
    }

    [Fact]
    public void Theta_is_chosen_by_the_heads_it_keeps()
    {
        // A path of four heads: 12 at 0.1, 23 at 0.2, 34 at 0.3; all others far apart.
        float[,] path =
        {
            { 0, 0.1f, 9, 9 },
            { 0.1f, 0, 0.2f, 9 },
            { 9, 0.2f, 0, 0.3f },
            { 9, 9, 0.3f, 0 },
        };

        Assert.Equal((-1, 4), ThetaSearch.Choose([path], 4));
        Assert.Equal(((double)0.1f, 3), ThetaSearch.Choose([path], 3));
        Assert.Equal(((double)0.2f, 2), ThetaSearch.Choose([path], 2));
        Assert.Equal((9, 1), ThetaSearch.Choose([path], 0));
        Assert.Equal(6, ThetaSearch.HeadsKept([path, path], 0.1f));
    }

    [Fact]
    public void Elimination_keeps_the_heads_that_the_search_promised()
    {
        var attention = Modules.Attention(6, 2, 3);
        var (theta, kept) = ThetaSearch.Choose([new HeadEliminator(attention, new HeadEliminationOptions()).Distances()], 3);

        new HeadEliminator(attention, new HeadEliminationOptions { Theta = theta }).Run(1);

        Assert.InRange(kept, 1, 5);
        Assert.Equal(kept, attention.HeadCount);
    }

    private static Parameter Weight(Tensor values)
    {
        var parameter = new Parameter("weight", values.Shape);
        parameter.Set(values);
        return parameter;
    }
}
