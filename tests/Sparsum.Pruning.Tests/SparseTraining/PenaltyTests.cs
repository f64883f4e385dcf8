using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Pruning.Tests.HeadElimination;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Optimization;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

public sealed class PenaltyTests
{
    [Fact]
    public void The_mlp_penalty_by_hand()
    {
        var weight = Weight(2, 3, 0.05f, -0.2f, 0.3f, 0, 0.02f, -0.5f);
        var term = new MlpPenalty([weight]);
        var statistics = Measure(term, 0.1f);

        Assert.Equal([1, 2], statistics[0].RowNearZero);
        Assert.Equal(0.53, term.Value(statistics), 1e-6);
        Numbers.AssertClose([1 / 3f, -1 / 3f, 1 / 3f, 0, 2 / 3f, -2 / 3f], Gradient(term, statistics)[0], 1e-6);
    }

    [Fact]
    public void Rows_may_be_input_neurons()
    {
        var weight = Weight(2, 3, 0.05f, -0.2f, 0.3f, 0, 0.02f, -0.5f);
        var term = new MlpPenalty([weight], MlpRowAxis.InputNeuron);
        var statistics = Measure(term, 0.1f);

        // Near-zero shares 2/2, 1/2, 0/2; column sums 0.05, 0.22, 0.8.
        Assert.Equal(0.05 + 0.11, term.Value(statistics), 1e-6);
        Numbers.AssertClose([1, -0.5f, 0, 0, 0.5f, 0], Gradient(term, statistics)[0], 1e-6);
    }

    [Fact]
    public void Removing_neurons_that_were_zero_leaves_the_weights_of_the_others_rows()
    {
        using var model = RandomInitialization.Create(SparseRunner.Bert, 5);
        var layer = model.Blocks[0].FeedForwards[0];
        foreach (int neuron in new[] { 2, 9, 20 })
        {
            layer.Up.Weight.Value.Row(neuron).Clear();
            for (int r = 0; r < layer.Down.OutputSize; r++)
            {
                layer.Down.Weight.Value.Row(r)[neuron] = 0;
            }
        }

        var term = new MlpPenalty([layer.Down.Weight]);
        double[] before = term.Weights(Measure(term, 1e-4f));
        layer.RemoveNeurons([2, 9, 20]);
        double[] after = term.Weights(Measure(term, 1e-4f));

        // 3 of 24 connections of every row, and what else happens to be near zero.
        Assert.All(before, weight => Assert.InRange(weight, 3.0 / 24, 5.0 / 24));
        Assert.Equal(before, after);
    }

    [Fact]
    public void Gate_and_up_may_be_counted_together()
    {
        var gate = Weight(2, 2, 0.05f, 1, 1, 1);
        var up = Weight(2, 2, 0, 0.01f, 2, 0.03f);
        var term = new MlpPenalty([gate, up]);
        var statistics = Measure(term, 0.1f);

        Assert.Equal([0.75, 0.25], term.Weights(statistics));
        Assert.Equal((0.75 * 1.06) + (0.25 * 4.03), term.Value(statistics), 1e-6);
    }

    [Fact]
    public void The_attention_penalty_by_hand()
    {
        // Columns (input dimensions) with magnitudes 0.09 and 0.25 over query, key and value.
        Parameter[] group = [Weight(1, 2, 0.04f, -0.05f), Weight(1, 2, -0.03f, 0.1f), Weight(1, 2, 0.02f, 0.1f)];
        var term = new AttentionPenalty(group);
        var statistics = Measure(term, 1e-4f);

        Assert.Equal(0.8, term.Value(statistics), 1e-6);
        var gradient = Gradient(term, statistics);
        Numbers.AssertClose([1 / 0.6f, -1], gradient[0], 1e-5);
        Numbers.AssertClose([-1 / 0.6f, 1], gradient[1], 1e-5);
    }

    [Fact]
    public void An_empty_group_has_no_gradient_and_an_almost_empty_one_a_bounded_one()
    {
        var term = new AttentionPenalty([Weight(1, 2, 0, 1e-30f)]);

        Numbers.AssertClose([0, 5000], Gradient(term, Measure(term, 1e-4f))[0], 1e-2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Gradients_are_central_differences_of_the_values_with_counts_frozen(int kind)
    {
        var first = Random(3, 5, 7);
        var second = Random(4, 5, 7);
        IPenaltyTerm term = kind switch
        {
            0 => new MlpPenalty([first]),
            1 => new MlpPenalty([first, second]),
            2 => new MlpPenalty([first], MlpRowAxis.InputNeuron),
            _ => new AttentionPenalty([first, second]),
        };
        var statistics = Measure(term, 0.3f);
        var gradient = Gradient(term, statistics);
        const double Step = 1e-5;
        for (int p = 0; p < term.Parameters.Count; p++)
        {
            for (int i = 0; i < gradient[p].Length; i++)
            {
                double difference = (Shifted(p, i, Step) - Shifted(p, i, -Step)) / (2 * Step);
                Assert.Equal(difference, gradient[p][i], 1e-4);
            }
        }

        // The value with one weight moved: sums follow, counts do not.
        double Shifted(int p, int i, double step)
        {
            double w = term.Parameters[p].Value.Span[i];
            double change = Math.Abs(w + step) - Math.Abs(w);
            statistics[p].RowSums[i / 7] += change;
            statistics[p].ColumnSums[i % 7] += change;
            double value = term.Value(statistics);
            statistics[p].RowSums[i / 7] -= change;
            statistics[p].ColumnSums[i % 7] -= change;
            return value;
        }
    }

    [Fact]
    public void A_model_s_penalty_follows_its_sweeps_and_its_shapes()
    {
        using var backend = new CpuBackend(1);
        var attention = Modules.Attention(3, 2, 6);
        var feedForward = Modules.FeedForward(6, 10);
        var options = new PenaltyOptions { Alpha = 0.1, Beta = 0.2, Epsilon = 0.2 };
        var penalty = ModelPenalty.NeuroPrune([Block(attention, feedForward)], options);
        penalty.Measure(backend);
        double before = penalty.Value();
        Assert.Equal(Expected(attention, feedForward), before, 1e-5);
        Assert.Null(penalty.PenaltyOf(attention.Output.Weight));

        var query = attention.Query.Weight;
        using var gradient = Tensor.Zeros(6, 6);
        using var first = Tensor.Zeros(6, 6);
        using var second = Tensor.Zeros(6, 6);
        AdamW.Step(
            backend, new AdamWOptions(), new AdamWStep(1, 0.01), query.Value, gradient, first, second, penalty.PenaltyOf(query), penalty.StatisticsOf(query));
        penalty.Refresh();
        Assert.True(penalty.Value() < before);
        Assert.Equal(Expected(attention, feedForward), penalty.Value(), 1e-5);

        attention.RemoveHeads([1]);
        Assert.Throws<InvalidOperationException>(penalty.Refresh);
        penalty.Measure(backend);
        Assert.Equal(4, penalty.StatisticsOf(query)!.Rows);
        Assert.Equal(Expected(attention, feedForward), penalty.Value(), 1e-5);

        double Expected(AttentionLayer a, FeedForwardLayer f) => (0.1 * AttentionValue(a)) + (0.2 * (MlpValue(f.Up) + MlpValue(f.Down)));
    }

    [Fact]
    public void A_group_is_a_feature_that_all_its_matrices_read()
    {
        var attention = Modules.Attention(2, 2, 6);
        Parameter[] group = [attention.Query.Weight, attention.Key.Weight];
        attention.Query.RemoveInputs([0]);
        attention.Key.RemoveInputs([1]);
        Assert.Equal("different-inputs", Assert.Throws<InvalidInputException>(() => new AttentionPenalty(group)).Code);
        attention.Query.RemoveInputs([1]);
        attention.Key.RemoveInputs([0]);
        Assert.Equal(group, new AttentionPenalty(group).Parameters);
    }

    [Fact]
    public void L1_pulls_every_weight_alike_and_a_gain_scales_it()
    {
        using var backend = new CpuBackend(1);
        var weight = Weight(2, 2, 1, -2, 0, 3);
        var penalty = ModelPenalty.L1([weight], 0.5);
        penalty.Measure(backend);

        Assert.Equal(3, penalty.Value(), 1e-9);
        Assert.Equal([0.5f, 0.5f], penalty.PenaltyOf(weight)!.RowCoefficients!);
        penalty.Gain = 2;
        penalty.Refresh();
        Assert.Equal([1f, 1f], penalty.PenaltyOf(weight)!.RowCoefficients!);
        Assert.Throws<ArgumentException>(() => ModelPenalty.L1([weight, weight], 1));
    }

    [Fact]
    public void Terms_of_a_gated_mlp_are_three_or_two()
    {
        var feedForward = Modules.FeedForward(4, 6, isGated: true);

        Assert.Equal(3, NeuroPrunePenalties.OfFeedForward(feedForward, new PenaltyOptions()).Count);
        Assert.Equal(2, NeuroPrunePenalties.OfFeedForward(feedForward, new PenaltyOptions { GatedCounts = GatedCounts.Joint }).Count);
    }

    [Theory]
    [InlineData(1, "1 1 1 1 1 1")]
    [InlineData(2, "1 0 1 0 1 0")]
    [InlineData(0, "1 0 0 1 0 0")]
    public void Coefficients_are_refreshed_every_so_many_steps_or_epochs(int steps, string expected)
    {
        var options = new PenaltyOptions { CountRefreshSteps = steps };
        var due = Enumerable.Range(0, 6).Select(step => options.IsRefreshDue(step, startsEpoch: step % 3 == 0) ? 1 : 0);
        Assert.Equal(expected, string.Join(' ', due));
    }

    [Fact]
    public void Settings_that_mean_nothing_are_refused()
    {
        Assert.Throws<InvalidInputException>(() => new PenaltyOptions { Alpha = -1 }.Validate());
        Assert.Throws<InvalidInputException>(() => new PenaltyOptions { Beta = double.NaN }.Validate());
        Assert.Throws<InvalidInputException>(() => new PenaltyOptions { Epsilon = 0 }.Validate());
        Assert.Throws<InvalidInputException>(() => new PenaltyOptions { CountRefreshSteps = -1 }.Validate());
    }

    /// <summary>Equation 2 by its words, in double precision.</summary>
    private static double AttentionValue(AttentionLayer attention) =>
        Enumerable.Range(0, attention.Query.InputSize).Sum(i => Math.Sqrt(new[] { attention.Query, attention.Key, attention.Value }
            .Sum(linear => Enumerable.Range(0, linear.OutputSize).Sum(o => Math.Abs((double)linear.Weight.Value.Row(o)[i])))));

    /// <summary>Equation 1 by its words, with ε = 0.2.</summary>
    private static double MlpValue(Linear linear) => Enumerable.Range(0, linear.OutputSize)
        .Select(i => linear.Weight.Value.Row(i).ToArray())
        .Sum(row => row.Count(w => Math.Abs(w) < 0.2f) / (double)row.Length * row.Sum(w => Math.Abs((double)w)));

    private static TransformerBlock Block(AttentionLayer attention, FeedForwardLayer feedForward) => new()
    {
        Index = 0,
        Name = "block",
        Style = BlockStyle.PreNorm,
        Attention = attention,
        FeedForward = feedForward,
        AttentionNorm = null!,
        FeedForwardNorm = null!,
        Linears = [.. attention.Linears, .. feedForward.Linears],
    };

    private static SweepStatistics[] Measure(IPenaltyTerm term, float epsilon)
    {
        using var backend = new CpuBackend(1);
        return
        [
            .. term.Parameters.Select(parameter =>
            {
                var statistics = new SweepStatistics(parameter.Shape[0], parameter.Shape[1], epsilon, gathersColumns: true);
                AdamW.Measure(backend, parameter.Value, statistics);
                return statistics;
            }),
        ];
    }

    /// <summary>The coefficients spelled out as tensors.</summary>
    private static float[][] Gradient(IPenaltyTerm term, SweepStatistics[] statistics) =>
    [
        .. term.Penalties(statistics, 1).Zip(term.Parameters, (penalty, parameter) => parameter.Value.ToArray()
            .Select((w, i) => Math.Sign(w)
                * (penalty.RowCoefficients?[i / parameter.Shape[1]] ?? penalty.ColumnCoefficients![i % parameter.Shape[1]]))
            .ToArray()),
    ];

    private static Parameter Random(int seed, int rows, int columns)
    {
        var parameter = new Parameter($"random{seed}", rows, columns);
        parameter.Set(Numbers.Random(seed, rows, columns));
        return parameter;
    }

    private static Parameter Weight(int rows, int columns, params float[] values)
    {
        var parameter = new Parameter("weight", rows, columns);
        parameter.Set(Tensor.From(values, rows, columns));
        return parameter;
    }
}
