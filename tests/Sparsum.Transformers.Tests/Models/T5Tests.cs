using System.Text.Json;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public sealed class T5Tests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Short_configurations_mean_the_first_version()
    {
        using var json = JsonDocument.Parse(
            """{ "vocab_size": 40, "d_model": 8, "d_kv": 4, "d_ff": 16, "num_layers": 2, "num_heads": 2, "architectures": ["T5WithLMHeadModel"] }""");
        var architecture = new T5Architecture();
        var config = (T5Config)architecture.Read(json.RootElement);
        using var model = (EncoderDecoderModel)architecture.Create(config);
        Assert.Equal(4, model.Blocks.Count);
        Assert.Equal([32, 2], model.EncoderPositions!.Table.Shape.ToArray());
        Assert.Same(model.TokenEmbedding, model.Head.Weight);
        Assert.Equal(1 / Math.Sqrt(8), model.HeadScale, 1e-7);
        Assert.Equal((0, 0), (model.StartToken, model.FillToken));
        Assert.Equal(Activation.Relu, model.Blocks[0].FeedForwards[0].Activation);
        Assert.Equal(0.1f, model.Blocks[3].DropoutRate);
        Assert.Equal(ModelTask.ConditionalGeneration, architecture.TaskOf(config));
    }

    [Theory]
    [InlineData("relu", false, Activation.Relu)]
    [InlineData("gelu", false, Activation.GeluErf)]
    [InlineData("gated-gelu", true, Activation.GeluTanh)]
    [InlineData("gated-silu", true, Activation.Silu)]
    [InlineData("gated-relu", true, Activation.Relu)]
    public void The_MLP_is_named_in_one_word(string name, bool isGated, Activation activation)
    {
        using var model = new T5Architecture().Create(SmallModels.T5 with { FeedForwardProj = name });
        Assert.Equal(isGated, model.Blocks[0].FeedForwards[0].Gate is not null);
        Assert.Equal(activation, model.Blocks[0].FeedForwards[0].Activation);
    }

    [Fact]
    public void Senseless_values_are_refused()
    {
        Refuse("invalid-config", config => config with { RelativeAttentionNumBuckets = 3 });
        Refuse("invalid-config", config => config with { RelativeAttentionMaxDistance = 4 });
        Refuse("invalid-config", config => config with { DecoderStartTokenId = 31 });
        Refuse("invalid-config", config => config with { DropoutRate = 1 });
        Refuse("invalid-config", config => config with { NumDecoderLayers = 0 });
        Refuse("invalid-config", config => config with { PerLayerConfig = Cross(0, 1) });
        Refuse("invalid-config", config => config with { PerLayerConfig = Cross(2) });
        Refuse("invalid-config", config => config with { PrunedHeads = Heads(5, 0) });
        Refuse("unsupported-config", config => config with { FeedForwardProj = "gated-tan" });
    }

    [Fact]
    public void Copies_of_the_embeddings_and_the_early_table_of_cross_attention_are_no_surprise()
    {
        var architecture = new T5Architecture();
        Assert.True(architecture.IsIgnored("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"));
        Assert.False(architecture.IsIgnored("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"));
        using var tied = architecture.Create(SmallModels.T5 with { TieWordEmbeddings = true });
        Assert.Equal(
            ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"], tied.TokenEmbedding.Source.Aliases);
        using var untied = architecture.Create(SmallModels.T5);
        Assert.Equal(["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"], untied.TokenEmbedding.Source.Aliases);
    }

    [Fact]
    public void A_pass_without_target_says_what_is_missing()
    {
        using var model = RandomInitialization.Create(SmallModels.T5, 1);
        using var computation = new Computation(new ReferenceBackend());
        var batch = new TokenBatch([1, 2, 3], 1);
        var error = Assert.Throws<InvalidInputException>(() => model.Forward(model.BeginPass(computation, batch), batch));
        Assert.Equal("missing-target", error.Code);
        var uneven = new TokenBatch([1, 2, 3], 1) { Target = new TokenBatch([1, 2], 2) };
        error = Assert.Throws<InvalidInputException>(() => model.Forward(model.BeginPass(computation, uneven), uneven));
        Assert.Equal("shape-mismatch", error.Code);
    }

    [Fact]
    public void Fresh_weights_follow_the_rules_of_the_family()
    {
        var config = SmallModels.T5 with { VocabSize = 500, DModel = 64, DKv = 16, DFf = 400, InitializerFactor = 2 };
        using var model = (EncoderDecoderModel)RandomInitialization.Create(config, 3);
        var block = model.Blocks[3];
        AssertDeviation(2, model.TokenEmbedding);
        AssertDeviation(2, model.Head.Weight);
        AssertDeviation(2 / Math.Sqrt(64 * 16), block.Attention.Query.Weight);
        AssertDeviation(2 / Math.Sqrt(64 * 16), block.CrossAttention!.Query.Weight);
        AssertDeviation(2 / Math.Sqrt(64), block.CrossAttention.Key.Weight);
        AssertDeviation(2 / Math.Sqrt(64), block.Attention.Value.Weight);
        AssertDeviation(2 / Math.Sqrt(4 * 16), block.Attention.Output.Weight);
        AssertDeviation(2 / Math.Sqrt(64), block.FeedForwards[0].Gate!.Weight);
        AssertDeviation(2 / Math.Sqrt(400), block.FeedForwards[0].Down.Weight);
        Assert.Equal(2 / Math.Sqrt(64), model.InitializerStdTests[model.DecoderPositions!.Table], 1e-12);
        Assert.All(model.DecoderNorm!.Scale.Value.ToArray(), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Dropout_acts_in_training_alone()
    {
        using var model = RandomInitialization.Create(SmallModels.T5, 1);
        using var computation = new Computation(new ReferenceBackend());
        float[] quiet = Logits(model, computation);
        using (computation.Record(isTraining: false))
        {
            Assert.Equal(quiet, Logits(model, computation));
        }

        using (computation.Record(seed: 1))
        {
            Assert.NotEqual(quiet, Logits(model, computation));
        }
    }

    private static float[] Logits(TransformerModel model, Computation computation)
    {
        var batch = new TokenBatch([1, 2, 3], 1) { Target = new TokenBatch([0, 4], 1) };
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }

    private static void Refuse(string code, Func<T5Config, T5Config> change) =>
        Assert.Equal(code, Assert.Throws<InvalidInputException>(() => new T5Architecture().Create(change(SmallModels.T5))).Code);

    private static Dictionary<int, IReadOnlyList<int>> Heads(int block, params int[] heads) => new() { [block] = heads };

    private static Dictionary<int, LayerConfig> Cross(int block, params int[] kept) =>
        new() { [block] = new LayerConfig { CrossAttention = new AttentionConfig { KeptHeads = kept } } };

    private static void AssertDeviation(double expected, Parameter parameter)
    {
        double actual = Math.Sqrt(parameter.Value.ToArray().Average(value => (double)value * value));
        Assert.InRange(actual / expected, 0.95, 1.05);
    }
}
