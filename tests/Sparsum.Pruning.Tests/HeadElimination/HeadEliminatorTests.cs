using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Pruning.Tests.HeadElimination;

public sealed class HeadEliminatorTests
{
    private static readonly HeadEliminationOptions EqualHeads = new() { Theta = 0 };

    public static TheoryData<bool, bool, bool> Kinds => new()
    {
        { false, false, true },
        { true, false, true },
        { false, true, true },
        { true, true, false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Merging_equal_heads_preserves_the_output(bool isCpu, bool isCausal, bool hasBias)
    {
        using IBackend backend = isCpu ? new CpuBackend(1) : new ReferenceBackend();
        var attention = Modules.Attention(4, 4, 12, hasBias, isCausal);
        Modules.Duplicate(attention, 1, 3);
        Modules.Duplicate(attention, 1, 0);
        float[] before = Modules.Run(attention, backend);

        var result = new HeadEliminator(attention, EqualHeads).Run(1);

        Assert.Equal([new HeadMerge(0, 3, 1), new HeadMerge(1, 3, 1)], result.Merges);
        Assert.Equal([2, 3], attention.KeptHeads);
        Numbers.AssertClose(before, Modules.Run(attention, backend), 1e-5);
    }

    [Fact]
    public void Without_compensation_the_value_bias_of_the_removed_head_is_lost()
    {
        using var backend = new ReferenceBackend();
        var attention = Modules.Attention(4, 4, 12);
        Modules.Duplicate(attention, 1, 3);
        float[] before = Modules.Run(attention, backend);

        new HeadEliminator(attention, EqualHeads with { CompensateValueBias = false }).Run(1);

        Assert.Contains(before.Zip(Modules.Run(attention, backend)), pair => Math.Abs(pair.First - pair.Second) > 0.01);
    }

    [Fact]
    public void The_merge_by_hand()
    {
        var attention = Modules.Attention(2, 1, 1);
        Set(attention.Query.Weight, 1, 1);
        Set(attention.Key.Weight, 2, 2);
        Set(attention.Value.Weight, 3, 3);
        Set(attention.Output.Weight, 0.3f, 0.5f);
        Set(attention.Value.Bias!, 0.2f, 0.1f);
        Set(attention.Output.Bias!, 0);

        var elimination = new HeadEliminator(attention, EqualHeads);
        var result = elimination.Run(3);

        // Of the weights as they were before 0.3 was merged into 0.5.
        Assert.Equal(0.3, elimination.Removals[0].Removed, 1e-6);
        Assert.Equal(0.5, elimination.Removals[0].Kept, 1e-6);
        Assert.Equal(0.8f, Assert.Single(attention.Output.Weight.Value.ToArray()), 1e-6);
        Assert.Equal(0.03f, Assert.Single(attention.Output.Bias!.Value.ToArray()), 1e-6);
        Assert.Equal([new HeadMerge(0, 1, 3)], result.Merges);
        Assert.Equal(0.3, result.Importances[0], 1e-6);
        Assert.Equal(0.5, result.Importances[1], 1e-6);
    }

    [Fact]
    public void Masking_gives_the_outputs_of_removing_and_later_rounds_skip_the_head()
    {
        using var backend = new ReferenceBackend();
        var removed = Modules.Attention(4, 2, 8);
        var masked = Modules.Attention(4, 2, 8);
        foreach (var attention in new[] { removed, masked })
        {
            Modules.Duplicate(attention, 0, 2);
        }

        new HeadEliminator(removed, EqualHeads).Run(1);
        var elimination = new HeadEliminator(masked, EqualHeads with { HeadRemoval = HeadRemoval.Mask });
        var result = elimination.Run(1);

        Assert.Equal(4, masked.HeadCount);
        Assert.Equal([1, 2, 3], elimination.KeptHeads);
        Assert.All(masked.Query.Weight.Value.Row(1).ToArray(), value => Assert.Equal(0, value));
        Assert.All(result.Slices, slice => Assert.Equal([0, 1], slice.Removed));
        Numbers.AssertClose(Modules.Run(removed, backend), Modules.Run(masked, backend), 1e-6);
        Assert.Empty(elimination.Run(2).Merges);
        Modules.Duplicate(masked, 1, 3);
        Assert.Equal([new HeadMerge(1, 3, 3)], elimination.Run(3).Merges);
    }

    [Fact]
    public void Rounds_speak_of_original_heads()
    {
        using var backend = new ReferenceBackend();
        var attention = Modules.Attention(5, 2, 6);
        Modules.Duplicate(attention, 1, 2);
        var elimination = new HeadEliminator(attention, EqualHeads);
        elimination.Run(1);
        Assert.Equal([0, 2, 3, 4], attention.KeptHeads);

        // Head 4 now stands in slot 3, head 2 in slot 1.
        Modules.Duplicate(attention, 1, 3);
        float[] before = Modules.Run(attention, backend);
        Assert.Equal([new HeadMerge(2, 4, 2)], elimination.Run(2).Merges);
        Numbers.AssertClose(before, Modules.Run(attention, backend), 1e-5);

        var record = PrunedModuleRecord.Of(elimination, "encoder", 7, "self");
        Assert.Equal([1, 2], record.RemovedHeads);
        Assert.Equal((1, 2, 2, 4), (record.RemovedAtEpoch[1], record.RemovedAtEpoch[2], record.MergedInto[1], record.MergedInto[2]));
    }

    [Fact]
    public void The_literal_target_adds_columns_of_the_mlp_and_none_adds_nothing()
    {
        var attention = Modules.Attention(2, 3, 4);
        var feedForward = Modules.FeedForward(4, 5, isGated: true);
        Modules.Duplicate(attention, 0, 1);
        float[] output = attention.Output.Weight.Value.ToArray();
        float[] gate = feedForward.Gate!.Weight.Value.ToArray();
        float[] up = feedForward.Up.Weight.Value.ToArray();

        new HeadEliminator(attention, EqualHeads with { MergeTarget = HeadMergeTarget.FeedForwardLiteral }, feedForward).Run(1);

        Assert.Equal(output.Chunk(6).SelectMany(row => row[3..]), attention.Output.Weight.Value.ToArray());
        Assert.Equal(up.Chunk(4).SelectMany(Merged), feedForward.Up.Weight.Value.ToArray());
        Assert.Equal(gate.Chunk(4).SelectMany(Merged), feedForward.Gate.Weight.Value.ToArray());

        attention = Modules.Attention(2, 3, 4);
        Modules.Duplicate(attention, 0, 1);
        new HeadEliminator(attention, EqualHeads with { MergeTarget = HeadMergeTarget.None }).Run(1);
        Assert.Equal(output.Chunk(6).SelectMany(row => row[3..]), attention.Output.Weight.Value.ToArray());
        Assert.Throws<ArgumentException>(
            () => new HeadEliminator(attention, EqualHeads with { MergeTarget = HeadMergeTarget.FeedForwardLiteral }));

        static float[] Merged(float[] row) => [row[0], row[1], row[2] + row[0], row[3] + row[1]];
    }

    [Fact]
    public void Similar_means_at_most_theta_in_every_entry()
    {
        var attention = Modules.Attention(2, 2, 3);
        Modules.Duplicate(attention, 0, 1);
        attention.Value.Weight.Value.Span[11] += 0.25f;
        float distance = HeadDistances.Between(attention, 0, 1);

        Assert.Equal(0.25f, distance, 1e-6);
        Assert.True(HeadDistances.AreSimilar(attention, 0, 1, new HeadEliminationOptions { Theta = distance }));
        Assert.False(HeadDistances.AreSimilar(attention, 0, 1, new HeadEliminationOptions { Theta = MathF.BitDecrement(distance) }));
        Assert.False(HeadDistances.AreSimilar(attention, 0, 1, new HeadEliminationOptions { Theta = -1 }));
        Assert.True(HeadDistances.AreSimilar(attention, 0, 0, new HeadEliminationOptions { Theta = 0 }));
    }

    [Fact]
    public void Query_and_relative_biases_count_when_asked_for()
    {
        var attention = Modules.Attention(3, 2, 3);
        Modules.Duplicate(attention, 1, 2);
        attention.RemoveHeads([0]);
        attention.Query.Bias!.Value.Span[3] += 1;
        using var table = Tensor.From([9, 0, 0.5f, 9, 1, 0.9f], 2, 3);
        var options = new HeadEliminationOptions { Theta = 0.5 };

        Assert.True(HeadDistances.AreSimilar(attention, 0, 1, options, table));
        Assert.False(HeadDistances.AreSimilar(attention, 0, 1, options with { SimilarityIncludesQueryBias = true }, table));
        Assert.True(HeadDistances.AreSimilar(attention, 0, 1, options with { RelativeBiasTheta = 0.5 }, table));
        Assert.False(HeadDistances.AreSimilar(attention, 0, 1, options with { RelativeBiasTheta = 0.49 }, table));
    }

    [Fact]
    public void A_weight_that_is_no_number_makes_heads_different()
    {
        var attention = Modules.Attention(2, 2, 3);
        Modules.Duplicate(attention, 0, 1);
        attention.Key.Weight.Value.Span[4] = float.NaN;

        Assert.False(HeadDistances.AreSimilar(attention, 0, 1, new HeadEliminationOptions { Theta = 100 }));
    }

    [Fact]
    public void Settings_that_mean_nothing_are_refused()
    {
        var attention = Modules.Attention(2, 1, 2);
        Assert.Throws<InvalidInputException>(() => new HeadEliminator(attention, new HeadEliminationOptions { Theta = double.NaN }));
        Assert.Throws<InvalidInputException>(
            () => new HeadEliminator(attention, new HeadEliminationOptions { RelativeBiasTheta = -1 }));
    }

    private static void Set(Parameter parameter, params float[] values) => parameter.Set(Tensor.From(values, parameter.Shape));
}
