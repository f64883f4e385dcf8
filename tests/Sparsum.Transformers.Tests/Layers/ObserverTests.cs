using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Layers;

/// <summary>What pruning methods see of a model.</summary>
public class ObserverTests
{
    [Theory]
    [InlineData("opt", "k_proj v_proj q_proj out_proj fc1 fc2")]
    [InlineData("llama", "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj")]
    [InlineData("phi", "q_proj k_proj v_proj dense fc1 fc2")]
    [InlineData("gpt2", "query key value c_proj c_fc c_proj")]
    [InlineData("t5", "q k v o wi_0 wi_1 wo")]
    [InlineData("t5", "q k v o q k v o wi_0 wi_1 wo", 4)]
    public void Layers_are_counted_in_the_order_of_the_field(string modelType, string names, int block = 1)
    {
        using var model = ArchitectureRegistry.BuiltIn.Find(modelType).Create(SmallModels.Of(modelType));
        Assert.Equal(names, string.Join(' ', model.Blocks[block].Linears.Select(linear => linear.Name.Split('.')[^1])));
    }

    [Theory]
    [MemberData(nameof(SmallModels.ModelTypes), MemberType = typeof(SmallModels))]
    public void Every_layer_of_every_block_is_observed_once_with_its_input(string modelType)
    {
        using var model = RandomInitialization.Create(SmallModels.Of(modelType), 1);
        using var computation = new Computation(new ReferenceBackend());
        var observer = new Recorder();
        var batch = new TokenBatch([1, 2, 3, 4], 2) { Target = new TokenBatch([5, 6, 7, 8], 2) };
        using var logits = model.Forward(model.BeginPass(computation, batch, observer: observer), batch);
        var experts = model.Blocks.Where(block => block.FeedForward is MixtureOfExperts)
            .SelectMany(block => ((MixtureOfExperts)block.FeedForward).Experts.SelectMany(expert => expert.Linears))
            .ToHashSet();
        Assert.Equal(
            model.Linears.Except(experts).Select(linear => linear.Name).Order(),
            observer.Shapes.Keys.Except(experts.Select(linear => linear.Name)).Order());
        var ofSequences = model.Classification?.Linears ?? [];
        Assert.All(
            model.Linears.Except(experts),
            linear => Assert.Equal([ofSequences.Contains(linear) ? 2 : 4, linear.InputSize], observer.Shapes[linear.Name]));

        // Every token passes two experts, and an expert that none was sent to is not shown.
        foreach (var block in model.Blocks.Where(block => block.FeedForward is MixtureOfExperts))
        {
            var seen = ((MixtureOfExperts)block.FeedForward).Experts.Where(expert => observer.Shapes.ContainsKey(expert.Up.Name)).ToList();
            Assert.Equal(8, seen.Sum(expert => observer.Shapes[expert.Up.Name][0]));
            Assert.All(seen, expert => Assert.Equal(observer.Shapes[expert.Up.Name][0], observer.Shapes[expert.Down.Name][0]));
        }
    }

    private sealed class Recorder : ILinearObserver
    {
        public Dictionary<string, int[]> Shapes { get; } = [];

        public void Observe(Linear layer, Tensor input) => Shapes.Add(layer.Name, input.Shape.ToArray());
    }
}
