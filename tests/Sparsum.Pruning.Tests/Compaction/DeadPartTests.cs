using Sparsum.Pruning.Compaction;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.Tests.HeadElimination;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Pruning.Tests.Compaction;

/// <summary>Which heads and neurons count as dead, and what they leave behind.</summary>
public sealed class DeadPartTests
{
    [Fact]
    public void A_head_without_outputs_is_dead_whatever_it_attends_to()
    {
        var attention = Modules.Attention(4, 2, 6);
        ClearColumns(attention.Output, 2, 3);

        var plan = DeadHeads.Find(attention);

        Assert.Equal([1], plan.Dead);
        Assert.Null(plan.Shift);
    }

    [Fact]
    public void A_head_without_values_leaves_its_bias()
    {
        var attention = Modules.Attention(4, 2, 6);
        attention.Value.Weight.Value.Row(4).Clear();
        attention.Value.Weight.Value.Row(5).Clear();

        var plan = DeadHeads.Find(attention);

        Assert.Equal([2], plan.Dead);
        var weight = attention.Output.Weight.Value;
        var bias = attention.Value.Bias!.Value;
        for (int r = 0; r < 6; r++)
        {
            Assert.Equal(((double)weight.Row(r)[4] * bias.Span[4]) + ((double)weight.Row(r)[5] * bias.Span[5]), plan.Shift![r], 12);
        }
    }

    [Fact]
    public void A_constant_with_nowhere_to_go_keeps_its_head()
    {
        var attention = new AttentionLayer
        {
            Query = Modules.Linear("q", 4, 6, true, 1),
            Key = Modules.Linear("k", 4, 6, true, 3),
            Value = Modules.Linear("v", 4, 6, true, 5),
            Output = Modules.Linear("o", 6, 4, false, 7),
            HeadCount = 2,
            KeyValueHeadCount = 2,
            HeadSize = 2,
            Scale = 1,
        };
        attention.Value.Weight.Value.Row(0).Clear();
        attention.Value.Weight.Value.Row(1).Clear();
        Assert.Empty(DeadHeads.Find(attention).Dead);

        attention.Value.Bias!.Value.Span[..2].Clear();
        Assert.Equal([0], DeadHeads.Find(attention).Dead);
    }

    [Fact]
    public void One_head_without_queries_averages_and_is_alive()
    {
        var attention = Modules.Attention(2, 2, 6);
        attention.Query.Weight.Value.Clear();
        attention.Key.Weight.Value.Clear();
        Assert.Empty(DeadHeads.Find(attention).Dead);
    }

    [Fact]
    public void Heads_that_share_keys_die_together()
    {
        var attention = Modules.Grouped(6, 3, 2, 10);
        ClearColumns(attention.Output, 0, 1, 4, 5, 6, 7);
        Assert.Equal([2, 3], DeadHeads.Find(attention).Dead);
    }

    [Fact]
    public void The_last_head_and_neuron_stay()
    {
        var attention = Modules.Attention(3, 2, 6);
        attention.Value.Weight.Value.Clear();
        var plan = DeadHeads.Find(attention);
        Assert.Equal([0, 1], plan.Dead);
        AssertSame(attention, () =>
        {
            Shift(attention.Output, plan);
            attention.RemoveHeads([.. plan.Dead]);
        });

        var layer = Modules.FeedForward(4, 6);
        layer.Up.Weight.Value.Clear();
        Assert.Equal([0, 1, 2, 3, 4], DeadNeurons.Find(layer).Dead);
    }

    [Fact]
    public void A_neuron_without_fan_in_leaves_the_activation_of_its_bias()
    {
        var layer = Modules.FeedForward(4, 6);
        layer.Up.Weight.Value.Row(1).Clear();
        layer.Up.Weight.Value.Row(4).Clear();
        layer.Up.Bias!.Value.Span[1] = -0.5f;
        layer.Up.Bias!.Value.Span[4] = 0.25f;
        ClearColumns(layer.Down, 5);

        var plan = DeadNeurons.Find(layer);

        Assert.Equal([1, 4, 5], plan.Dead);
        for (int r = 0; r < 4; r++)
        {
            Assert.Equal(0.25 * layer.Down.Weight.Value.Row(r)[4], plan.Shift![r], 12);
        }
    }

    [Theory]
    [InlineData(0, 0, true, 0)]
    [InlineData(0.5f, 2, true, 1)]
    [InlineData(0.5f, 0, true, 0)]
    [InlineData(-1, 2, true, 0)]
    public void A_gated_neuron_without_both_fan_ins_is_a_constant(float gate, float up, bool isDead, double constant)
    {
        var layer = Modules.FeedForward(4, 6, isGated: true);
        layer.Gate!.Weight.Value.Row(2).Clear();
        layer.Up.Weight.Value.Row(2).Clear();
        layer.Gate.Bias!.Value.Span[2] = gate;
        layer.Up.Bias!.Value.Span[2] = up;

        var plan = DeadNeurons.Find(layer);

        Assert.Equal(isDead ? [2] : [], plan.Dead);
        Assert.Equal(constant * layer.Down.Weight.Value.Row(1)[2], plan.Shift?[1] ?? 0, 12);
    }

    [Theory]
    [InlineData(true, 0, 1)]
    [InlineData(true, -0.5f, 1)]
    [InlineData(true, 0.5f, 0)]
    [InlineData(false, 0, 1)]
    [InlineData(false, 0.5f, 0)]
    public void A_gated_neuron_with_one_fan_in_is_dead_if_the_other_side_is_zero(bool isGate, float bias, int dead)
    {
        var layer = Modules.FeedForward(4, 6, isGated: true);
        var linear = isGate ? layer.Gate! : layer.Up;
        linear.Weight.Value.Row(3).Clear();
        linear.Bias!.Value.Span[3] = bias;

        var plan = DeadNeurons.Find(layer);

        Assert.Equal(dead, plan.Dead.Count);
        Assert.Null(plan.Shift);
    }

    [Fact]
    public void Negative_zeros_are_zeros()
    {
        var layer = Modules.FeedForward(4, 6);
        layer.Up.Weight.Value.Row(1).Fill(-0f);
        Assert.Equal([1], DeadNeurons.Find(layer).Dead);
    }

    private static void AssertSame(AttentionLayer attention, Action change)
    {
        using var backend = new ReferenceBackend();
        float[] before = Modules.Run(attention, backend);
        change();
        Numbers.AssertClose(before, Modules.Run(attention, backend), 1e-6);
    }

    private static void Shift(Linear linear, ModulePlan plan)
    {
        for (int i = 0; i < plan.Shift!.Length; i++)
        {
            linear.Bias!.Value.Span[i] += (float)plan.Shift[i];
        }
    }

    private static void ClearColumns(Linear linear, params int[] columns)
    {
        for (int r = 0; r < linear.OutputSize; r++)
        {
            foreach (int c in columns)
            {
                linear.Weight.Value.Row(r)[c] = 0;
            }
        }
    }
}
