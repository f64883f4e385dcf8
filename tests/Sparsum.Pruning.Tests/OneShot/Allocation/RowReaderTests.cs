using System.Text.Json;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Who reads whose rows, in the first two blocks of every kind of wiring.</summary>
public sealed class RowReaderTests
{
    private const string Decoder =
        """ "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12, "vocab_size": 16, "max_position_embeddings": 32 """;

    [Fact]
    public void Llama() => Check(
        new LlamaArchitecture(),
        $$"""{ "model_type": "llama", "rms_norm_eps": 1e-5, "hidden_act": "silu", {{Decoder}} }""",
        "q_proj:o_proj k_proj:o_proj v_proj:o_proj o_proj:gate_proj gate_proj:down_proj up_proj:down_proj down_proj:1.q_proj");

    [Fact]
    public void Opt() => Check(
        new OptArchitecture(),
        """
        { "model_type": "opt", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 12, "vocab_size": 16,
          "max_position_embeddings": 32, "word_embed_proj_dim": 8, "do_layer_norm_before": true, "activation_function": "relu" }
        """,
        "k_proj:out_proj v_proj:out_proj q_proj:out_proj out_proj:fc1 fc1:fc2 fc2:1.q_proj");

    [Fact]
    public void Phi() => Check(
        new PhiArchitecture(),
        $$"""{ "model_type": "phi", "hidden_act": "gelu_new", "partial_rotary_factor": 0.5, {{Decoder}} }""",
        "q_proj:dense k_proj:dense v_proj:dense dense:fc1 fc1:fc2 fc2:1.q_proj");

    [Fact]
    public void Bert() => Check(
        new BertArchitecture(),
        $$"""{ "model_type": "bert", "architectures": ["BertForMaskedLM"], "hidden_act": "gelu", "type_vocab_size": 2, {{Decoder}} }""",
        "self.query:output.dense self.key:output.dense self.value:output.dense attention.output.dense:intermediate.dense intermediate.dense:0.output.dense output.dense:1.attention.self.query");

    [Fact]
    public void T5()
    {
        using var model = Create(
            new T5Architecture(),
            """
            { "model_type": "t5", "vocab_size": 40, "d_model": 8, "d_kv": 4, "d_ff": 16, "num_layers": 2, "num_heads": 2, "architectures": ["T5ForConditionalGeneration"] }
            """);
        var blocks = model.Blocks;
        var (encoder, lastEncoder, decoder) = (blocks[0], blocks[1], blocks[2]);

        Assert.Same(encoder.FeedForwards[0].Up, Reader(encoder, encoder.Attention.Output));
        Assert.Same(lastEncoder.Attention.Query, Reader(encoder, encoder.FeedForwards[0].Down));
        Assert.Same(decoder.CrossAttention!.Key, Reader(lastEncoder, lastEncoder.FeedForwards[0].Down));
        Assert.Same(decoder.Attention.Output, Reader(decoder, decoder.Attention.Key));
        Assert.Same(decoder.CrossAttention.Query, Reader(decoder, decoder.Attention.Output));
        Assert.Same(decoder.CrossAttention.Output, Reader(decoder, decoder.CrossAttention.Value));
        Assert.Same(decoder.FeedForwards[0].Up, Reader(decoder, decoder.CrossAttention.Output));
        Assert.Same(decoder.FeedForwards[0].Down, Reader(decoder, decoder.FeedForwards[0].Up));
        Assert.Same(blocks[3].Attention.Query, Reader(decoder, decoder.FeedForwards[0].Down));
        Assert.Null(Reader(blocks[3], blocks[3].FeedForwards[0].Down));

        Linear? Reader(TransformerBlock block, Linear layer) => ChannelConsumers.Of(blocks, block, layer);
    }

    /// <summary>Pairs of name endings; the reader is in the same block unless its number is given.</summary>
    private static void Check(IArchitecture architecture, string config, string pairs)
    {
        using var model = Create(architecture, config);
        var block = model.Blocks[0];
        Assert.Equal(pairs.Split(' ').Length, block.Linears.Count);
        foreach (var (linear, pair) in block.Linears.Zip(pairs.Split(' ')))
        {
            string[] ends = pair.Split(':');
            Assert.EndsWith(ends[0], linear.Name, StringComparison.Ordinal);
            var reader = ChannelConsumers.Of(model.Blocks, block, linear)!;
            bool isNext = ends[1].StartsWith("1.", StringComparison.Ordinal);
            Assert.Contains(isNext ? ".1." : ".0.", reader.Name, StringComparison.Ordinal);
            Assert.EndsWith(ends[1][(ends[1].IndexOf("1.", StringComparison.Ordinal) == 0 ? 2 : 0)..], reader.Name, StringComparison.Ordinal);
        }

        Assert.Null(ChannelConsumers.Of(model.Blocks, model.Blocks[1], model.Blocks[1].FeedForwards[0].Down));
    }

    private static TransformerModel Create(IArchitecture architecture, string config)
    {
        using var json = JsonDocument.Parse(config);
        return architecture.Create(json.RootElement);
    }
}
