using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.HeadElimination;

public sealed class RemoveHeadsTests
{
    [Fact]
    public void Shapes_numbers_and_moments_follow_two_removals()
    {
        var attention = Modules.Attention(4, 2, 6);
        using var moments = attention.Query.Weight.Value.Clone();
        using var outputMoments = attention.Output.Weight.Value.Clone();

        var first = attention.RemoveHeads([1]);
        var again = attention.RemoveHeads([1]);
        var second = attention.RemoveHeads([2, 1]);

        Assert.Empty(again);
        Assert.Equal([0, 3], attention.KeptHeads);
        Assert.Equal((2, 2, 4), (attention.HeadCount, attention.KeyValueHeadCount, attention.OriginalHeadCount));
        Assert.Equal([4, 6], attention.Key.Weight.Shape.ToArray());
        Assert.Equal([4], attention.Key.Bias!.Shape.ToArray());
        Assert.Equal([6, 4], attention.Output.Weight.Shape.ToArray());
        Assert.Equal([6], attention.Output.Bias!.Shape.ToArray());
        Assert.Equal([0, 1, 4, 5], second[0].Kept);

        using var onceCut = Slice(first, attention.Query.Weight).Cut(moments);
        using var twiceCut = Slice(second, attention.Query.Weight).Cut(onceCut);
        Assert.Equal(attention.Query.Weight.Value.ToArray(), twiceCut.ToArray());
        using var onceCutOutput = Slice(first, attention.Output.Weight).Cut(outputMoments);
        using var twiceCutOutput = Slice(second, attention.Output.Weight).Cut(onceCutOutput);
        Assert.Equal(attention.Output.Weight.Value.ToArray(), twiceCutOutput.ToArray());
    }

    [Fact]
    public void A_removed_head_is_a_head_whose_output_columns_are_zero()
    {
        using var backend = new ReferenceBackend();
        var removed = Modules.Attention(3, 4, 10, isCausal: true);
        var zeroed = Modules.Attention(3, 4, 10, isCausal: true);
        for (int r = 0; r < 10; r++)
        {
            zeroed.Output.Weight.Value.Row(r)[4..8].Clear();
        }

        removed.RemoveHeads([1]);

        Numbers.AssertClose(Modules.Run(zeroed, backend), Modules.Run(removed, backend), 1e-6);
    }

    [Fact]
    public void Impossible_removals_are_refused_and_change_nothing()
    {
        var attention = Modules.Attention(2, 2, 4);

        Assert.Throws<ArgumentException>(() => attention.RemoveHeads([0, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => attention.RemoveHeads([2]));
        Assert.Equal((2, 4), (attention.HeadCount, attention.Query.OutputSize));
    }

    [Fact]
    public void Heads_that_share_keys_go_as_whole_groups()
    {
        using var backend = new ReferenceBackend();
        var removed = Modules.Grouped(6, 3, 2, 10);
        var zeroed = Modules.Grouped(6, 3, 2, 10);
        for (int r = 0; r < 10; r++)
        {
            zeroed.Output.Weight.Value.Row(r)[4..8].Clear();
        }

        Assert.Throws<NotSupportedException>(() => removed.RemoveHeads([2]));
        Assert.Equal((6, 3), (removed.HeadCount, removed.KeyValueHeadCount));
        removed.RemoveHeads([3, 2]);

        Assert.Equal((4, 2, 6, 2), (removed.HeadCount, removed.KeyValueHeadCount, removed.OriginalHeadCount, removed.GroupSize));
        Assert.Equal([0, 1, 4, 5], removed.KeptHeads);
        Assert.Equal((8, 4, 4), (removed.Query.OutputSize, removed.Key.OutputSize, removed.Value.OutputSize));
        Numbers.AssertClose(Modules.Run(zeroed, backend), Modules.Run(removed, backend), 1e-6);
        removed.RemoveHeads([4, 5]);
        Assert.Equal([0, 1], removed.KeptHeads);
    }

    [Fact]
    public void A_slice_refuses_tensors_of_other_sizes()
    {
        var slice = Modules.Attention(2, 2, 4).RemoveHeads([0])[0];
        using var tensor = Tensor.Zeros(3, 4);

        Assert.Throws<ArgumentException>(() => slice.Cut(tensor));
        Assert.Throws<ArgumentException>(() => slice.ClearRemoved(tensor));
    }

    [SharedFact("oracle/prune_heads")]
    public void Gpt2_agrees_with_the_reference_implementation()
    {
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("oracle", "models", "gpt2"));
        pretrained.LoadAll();
        using var reference = Checkpoint.Open(SharedFiles.Path("oracle", "prune_heads", "gpt2", "reference.safetensors"));
        using var pruned = Checkpoint.Open(SharedFiles.Path("oracle", "prune_heads", "gpt2", "model.safetensors"));

        pretrained.Model.Blocks[0].Attention.RemoveHeads([3]);
        pretrained.Model.Blocks[1].Attention.RemoveHeads([0]);
        pretrained.Model.Blocks[1].Attention.RemoveHeads([1]);

        using var computation = new Computation(new CpuBackend(1));
        var batch = new TokenBatch([.. reference.ReadIntegers("input_ids").Select(id => (int)id)], 3, Mask(reference));
        using var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
        Numbers.AssertClose(Read(reference, "logits_after"), logits.Span, 2e-5, "logits");
        foreach (string name in pruned.Tensors.Keys.Where(name => name.Contains(".attn.", StringComparison.Ordinal)))
        {
            using var stored = pretrained.Gather(name);
            Assert.Equal(pruned.Tensors[name].Shape, stored.Shape.ToArray());
            Assert.Equal(Read(pruned, name), stored.ToArray());
        }
    }

    private static byte[] Mask(ICheckpoint reference) => [.. reference.ReadIntegers("attention_mask").Select(value => (byte)value)];

    private static float[] Read(ICheckpoint checkpoint, string name)
    {
        var values = new float[checkpoint.Tensors[name].ElementCount];
        checkpoint.Read(name, values);
        return values;
    }

    private static ParameterSlice Slice(IReadOnlyList<ParameterSlice> slices, Parameter parameter) =>
        slices.Single(slice => slice.Parameter == parameter);
}
