using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>BERT with random weights: names, pruned heads, dropout, and what is refused.</summary>
public sealed class BertTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Computation computation = new(new ReferenceBackend());

    [Fact]
    public void Linear_layers_are_in_the_order_of_the_field()
    {
        using var model = new BertArchitecture().Create(SmallModels.Bert);
        string[] expected =
        [
            "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense", "output.dense",
        ];
        Assert.Equal(expected.Select(name => $"bert.encoder.layer.1.{name}"), model.Blocks[1].Linears.Select(linear => linear.Name));
    }

    [Fact]
    public void Base_has_the_published_number_of_parameters()
    {
        using var model = new BertArchitecture().Create(new BertConfig
        {
            VocabSize = 30522,
            HiddenSize = 768,
            IntermediateSize = 3072,
            NumHiddenLayers = 12,
            NumAttentionHeads = 12,
        });
        long Count(IEnumerable<Parameter> parameters) => parameters.Sum(parameter => Tensor.CountElements(parameter.Shape));
        Assert.Equal(85_054_464, Count(model.Blocks.SelectMany(block => block.Parameters)));
        Assert.Equal(109_482_240, Count(model.Parameters) - Count(model.Classification!.Classifier.Parameters));
    }

    [Fact]
    public void Removed_heads_are_written_to_the_configuration_and_stay_removed()
    {
        using var model = RandomInitialization.Create(SmallModels.Bert, 1);
        model.Blocks[1].Attention.RemoveHeads([0, 2]);
        ModelWriter.Save(folder["pruned"], SmallModels.Bert, model);

        using var opened = PretrainedModel.Open(folder["pruned"]);
        opened.LoadAll();

        Assert.Equal([4, 2], opened.Model.Blocks.Select(block => block.Attention.HeadCount));
        Assert.Equal([1, 3], opened.Model.Blocks[1].Attention.KeptHeads);
        Assert.Equal(model.Parameters.Select(parameter => parameter.Value.ToArray()), opened.Model.Parameters.Select(parameter => parameter.Value.ToArray()));
    }

    [Theory]
    [InlineData(2, new[] { 0 })]
    [InlineData(0, new[] { 4 })]
    [InlineData(0, new[] { 0, 1, 2, 3 })]
    public void Heads_that_cannot_be_removed_are_refused(int block, int[] heads)
    {
        var config = SmallModels.Bert with { PrunedHeads = new Dictionary<int, IReadOnlyList<int>> { [block] = heads } };
        Assert.Equal("invalid-config", Refused(config).Code);
    }

    [Fact]
    public void Heads_that_share_keys_cannot_be_listed()
    {
        var config = SmallModels.Llama with { PrunedHeads = new Dictionary<int, IReadOnlyList<int>> { [0] = [1] } };
        Assert.Equal("unsupported-config", Assert.Throws<InvalidInputException>(() => ArchitectureRegistry.BuiltIn.Of(config).Create(config)).Code);
    }

    [Fact]
    public void Unknown_wiring_is_refused()
    {
        Assert.Equal("unsupported-config", Refused(SmallModels.Bert with { PositionEmbeddingType = "relative_key" }).Code);
        Assert.Equal("unsupported-config", Refused(SmallModels.Bert with { IsDecoder = true }).Code);
        Assert.Equal("invalid-config", Refused(SmallModels.Bert with { HiddenDropoutProb = 1 }).Code);
        Assert.Equal("invalid-config", Refused(SmallModels.Bert with { NumAttentionHeads = 3 }).Code);
    }

    [Fact]
    public void Unknown_segments_are_refused()
    {
        using var model = RandomInitialization.Create(SmallModels.Bert, 1);
        var batch = new TokenBatch([1, 2], 1) { TokenTypeIds = [0, 2] };
        var error = Assert.Throws<InvalidInputException>(() => model.Forward(model.BeginPass(computation, batch), batch));
        Assert.Equal("unknown-token-type", error.Code);
    }

    [Fact]
    public void Padding_changes_nothing_for_the_tokens()
    {
        using var model = RandomInitialization.Create(SmallModels.Bert, 1);
        var alone = new TokenBatch([3, 4, 5], 1);
        var padded = new TokenBatch([3, 4, 5, 0, 0], 1, [1, 1, 1, 0, 0]);
        using var expected = model.Forward(model.BeginPass(computation, alone), alone);
        using var actual = model.Forward(model.BeginPass(computation, padded), padded);
        Assert.Equal(expected.ToArray(), actual.ToArray());
    }

    [Theory]
    [InlineData(0.0, 0.0, 0.0, false)]
    [InlineData(0.5, 0.0, 0.0, true)]
    [InlineData(0.0, 0.5, 0.0, true)]
    [InlineData(0.0, 0.0, 0.5, true)]
    public void Dropout_acts_while_a_tape_is_recording(double hidden, double attention, double classifier, bool changes)
    {
        var config = SmallModels.Bert with
        {
            HiddenDropoutProb = hidden,
            AttentionProbsDropoutProb = attention,
            ClassifierDropout = classifier,
        };
        using var model = RandomInitialization.Create(config, 1);
        var batch = new TokenBatch([3, 4, 5], 1);
        using var expected = model.Forward(model.BeginPass(computation, batch), batch);
        using (var tape = computation.Record(7))
        {
            using var trained = model.Forward(model.BeginPass(computation, batch), batch);
            Assert.Equal(changes, !expected.ToArray().SequenceEqual(trained.ToArray()));
        }

        using var after = model.Forward(model.BeginPass(computation, batch), batch);
        Assert.Equal(expected.ToArray(), after.ToArray());
    }

    public void Dispose()
    {
        computation.Dispose();
        folder.Dispose();
    }

    private static InvalidInputException Refused(BertConfig config) =>
        Assert.Throws<InvalidInputException>(() => new BertArchitecture().Create(config));
}
