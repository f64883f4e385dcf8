using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.HeadElimination;

public sealed class RemoveNeuronsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shapes_numbers_and_moments_follow_two_removals(bool isGated)
    {
        var layer = Modules.FeedForward(4, 6, isGated);
        Dictionary<Parameter, Tensor> moments = layer.Parameters.ToDictionary(parameter => parameter, parameter => parameter.Value.Clone());

        var first = layer.RemoveNeurons([1, 4]);
        var again = layer.RemoveNeurons([4]);
        var second = layer.RemoveNeurons([5, 0, 1]);

        Assert.Empty(again);
        Assert.Equal([2, 3], layer.KeptNeurons);
        Assert.Equal((2, 6), (layer.NeuronCount, layer.OriginalNeuronCount));
        Assert.All(layer.Expand, linear => Assert.Equal((2, 4), (linear.OutputSize, linear.InputSize)));
        Assert.All(layer.Expand, linear => Assert.Equal([2], linear.Bias!.Shape.ToArray()));
        Assert.Equal([4, 2], layer.Down.Weight.Shape.ToArray());
        Assert.Equal([4], layer.Down.Bias!.Shape.ToArray());
        Assert.Equal([1, 2], second[0].Kept);
        Assert.DoesNotContain(first, slice => slice.Parameter == layer.Down.Bias);
        foreach (var parameter in layer.Parameters.Where(parameter => parameter != layer.Down.Bias))
        {
            using var once = Slice(first, parameter).Cut(moments[parameter]);
            using var twice = Slice(second, parameter).Cut(once);
            Assert.Equal(parameter.Value.ToArray(), twice.ToArray());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_removed_neuron_is_one_whose_output_column_is_zero(bool isGated)
    {
        using var backend = new ReferenceBackend();
        var removed = Modules.FeedForward(4, 6, isGated);
        var zeroed = Modules.FeedForward(4, 6, isGated);
        for (int r = 0; r < 4; r++)
        {
            zeroed.Down.Weight.Value.Row(r)[2] = 0;
            zeroed.Down.Weight.Value.Row(r)[5] = 0;
        }

        removed.RemoveNeurons([2, 5]);

        Numbers.AssertClose(Modules.Run(zeroed, backend), Modules.Run(removed, backend), 1e-6);
    }

    [Fact]
    public void A_packed_layer_is_unpacked_first()
    {
        using var backend = new ReferenceBackend();
        var packed = Modules.FeedForward(4, 6);
        var plain = Modules.FeedForward(4, 6);
        foreach (var linear in packed.Linears)
        {
            linear.Pack(backend, StorageType.Float32, releaseWeight: false);
        }

        packed.RemoveNeurons([3]);
        plain.RemoveNeurons([3]);

        Assert.Equal(Modules.Run(plain, backend), Modules.Run(packed, backend));
    }

    [Fact]
    public void Impossible_removals_are_refused_and_change_nothing()
    {
        var layer = Modules.FeedForward(4, 3);

        Assert.Throws<ArgumentException>(() => layer.RemoveNeurons([0, 1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.RemoveNeurons([3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.RemoveNeurons([-1]));
        Assert.Equal((3, 3), (layer.NeuronCount, layer.Down.InputSize));
    }

    [Fact]
    public void Transposed_storage_shrinks_with_the_layer()
    {
        var config = new Gpt2Config { VocabSize = 31, NEmbd = 8, NLayer = 1, NHead = 2, NPositions = 16 };
        using var folder = new TemporaryFolder();
        using (var model = RandomInitialization.Create(config, 3))
        {
            ModelWriter.Save(folder["model"], config, model);
        }

        using var pretrained = PretrainedModel.Open(folder["model"]);
        pretrained.LoadAll();
        using var before = pretrained.Gather("transformer.h.0.mlp.c_fc.weight");

        pretrained.Model.Blocks[0].FeedForwards[0].RemoveNeurons([.. Enumerable.Range(0, 32).Where(neuron => neuron % 3 != 0)]);

        using var expand = pretrained.Gather("transformer.h.0.mlp.c_fc.weight");
        using var contract = pretrained.Gather("transformer.h.0.mlp.c_proj.weight");
        Assert.Equal([8, 11], expand.Shape.ToArray());
        Assert.Equal([11, 8], contract.Shape.ToArray());
        for (int r = 0; r < 8; r++)
        {
            Assert.Equal(before.Row(r).ToArray().Where((_, neuron) => neuron % 3 == 0), expand.Row(r).ToArray());
        }
    }

    private static ParameterSlice Slice(IReadOnlyList<ParameterSlice> slices, Parameter parameter) =>
        slices.Single(slice => slice.Parameter == parameter);
}
