using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Onnx;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Onnx.Tests;

/// <summary>Models of every shape that pruning and compaction leave, in ONNX Runtime and here.</summary>
public sealed class ModelExportTests : IDisposable
{
    private const double Tolerance = 2e-5;
    private static readonly int[] Ids = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
    private static readonly byte[] OnTheRight = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
    private static readonly byte[] OnTheLeft = [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Blocks_of_different_sizes_have_them_in_the_graph()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama, model =>
        {
            model.Blocks[0].FeedForwards[0].RemoveNeurons([0, 7, 23]);
            model.Blocks[1].Attention.RemoveHeads([0, 1]);
            model.Blocks[2].Skipped = BlockParts.FeedForward;
        });
        using var onnx = Compare(OnTheRight);
        Assert.Equal([2, 1, 2], Enumerable.Range(0, 3).Select(block => onnx.Inputs[FormattableString.Invariant($"past_key_values.{block}.key")].Dimensions[1]));
        Assert.Equal(1, onnx.Outputs["present.1.value"].Dimensions[1]);
    }

    [Fact]
    public void Features_that_were_removed_are_left_out_of_products_and_norms()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Bert with { Architectures = ["BertForMaskedLM"] }, model =>
        {
            var block = model.Blocks[1];
            foreach (var linear in new[] { block.Attention.Query, block.Attention.Key, block.Attention.Value, block.FeedForwards[0].Up })
            {
                linear.RemoveInputs([1, 2, 15]);
            }

            block.Attention.Output.RemoveOutputs([0, 7]);
            block.FeedForwards[0].Down.RemoveOutputs([14]);
        });
        Compare(OnTheRight).Dispose();
    }

    [Fact]
    public void Norms_over_some_features_are_written()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Bert, model =>
        {
            foreach (var norm in model.HiddenNorms)
            {
                norm.RemoveFeatures([2, 9]);
            }
        });
        Compare(OnTheRight).Dispose();
    }

    [Fact]
    public void A_block_without_attention_has_no_cache()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama, model => model.Blocks[1].Skipped = BlockParts.Attention);
        using var onnx = Compare(OnTheRight, "Blocks whose attention");
        Assert.DoesNotContain("past_key_values.1.key", onnx.Inputs.Keys);
        Assert.Contains("present.2.value", onnx.Outputs.Keys);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("opt")]
    public void Padding_on_the_left_is_as_here(string family)
    {
        // The first queries of the second sequence may see no key at all.
        WrittenModel.Write(folder["m"], family == "opt" ? WrittenModel.Opt : WrittenModel.Llama);
        Compare(OnTheLeft).Dispose();
    }

    [Fact]
    public void A_decoder_classifies_by_the_last_token_that_is_not_padding()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Opt with { Architectures = ["OPTForSequenceClassification"], NumLabels = 3 });
        int[] ids = [.. Ids];
        (ids[10], ids[11]) = (1, 1);
        using var onnx = Compare(OnTheRight, ids: ids);
        Assert.DoesNotContain(onnx.Inputs.Keys, name => name.StartsWith("past", StringComparison.Ordinal));
    }

    [Fact]
    public void Positions_beyond_the_table_are_an_error_and_no_number()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Bert);
        using var onnx = Compare(OnTheRight);
        int[] ids = [.. Enumerable.Repeat(3, 33)];
        Assert.ThrowsAny<Exception>(() => onnx.Run("logits", ids, [.. ids.Select(_ => (byte)1)], 1));
    }

    [Fact]
    public void Float16_halves_the_file_and_is_what_rounded_weights_give()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama with { TieWordEmbeddings = true, VocabSize = 2000 });
        using (Compare(OnTheRight))
        {
        }

        long whole = new FileInfo(folder[$"out/{OnnxExport.DataName}"]).Length;
        WrittenModel.Write(folder["half"], WrittenModel.Llama with { TieWordEmbeddings = true, VocabSize = 2000 }, type: TensorDataType.F16);
        float[] expected = WrittenModel.Compute(folder["half"], Batch(Ids, OnTheRight));
        using var model = PretrainedModel.Open(folder["m"]);
        OnnxExport.Write(model, folder["out"], new OnnxExportOptions { Type = TensorDataType.F16 });
        using var onnx = new OnnxModel(folder["out"]);
        var logits = onnx.Run("logits", Ids, OnTheRight, 2);

        // Vectors stay as they are: that alone is the difference to a model whose norms are rounded too.
        Numbers.AssertClose(expected, logits.Buffer.Span, 0.02 * expected.Max(Math.Abs));
        Assert.InRange(new FileInfo(folder[$"out/{OnnxExport.DataName}"]).Length, 1, whole / 2);
        Assert.Contains("\"float16\"", File.ReadAllText(folder["out/config.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TensorDataType.BF16)]
    [InlineData(TensorDataType.F16)]
    public void Weights_of_16_bits_lose_nothing(TensorDataType type)
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama with { TieWordEmbeddings = true }, type: type);
        Compare(OnTheRight).Dispose();
        Assert.Contains(type == TensorDataType.F16 ? "\"float16\"" : "\"float32\"", File.ReadAllText(folder["out/config.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tied_table_is_there_once()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama with { TieWordEmbeddings = true, VocabSize = 5000 });
        Compare(OnTheRight).Dispose();
        Assert.InRange(new FileInfo(folder[$"out/{OnnxExport.DataName}"]).Length, 5000 * 16 * 4, 5000 * 16 * 4 * 3 / 2);
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama);
        Compare(OnTheRight).Dispose();
        byte[][] first = [File.ReadAllBytes(folder["out/model.onnx"]), File.ReadAllBytes(folder["out/model.onnx_data"])];
        Compare(OnTheRight).Dispose();
        Assert.Equal(first, [File.ReadAllBytes(folder["out/model.onnx"]), File.ReadAllBytes(folder["out/model.onnx_data"])]);
        Assert.Equal(["config.json", "model.onnx", "model.onnx_data"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Values_that_float16_cannot_hold_leave_nothing_behind()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama, model => model.Blocks[0].Attention.Output.Weight.Value.Row(0)[3] = 70_000);
        Directory.CreateDirectory(folder["out"]);
        using var model = PretrainedModel.Open(folder["m"]);
        var error = Assert.Throws<RunFailedException>(() => OnnxExport.Write(model, folder["out"], new OnnxExportOptions { Type = TensorDataType.F16 }));
        Assert.Equal("value-overflow", error.Code);
        Assert.Contains("o_proj", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["out"]));
        Assert.Throws<ArgumentException>(() => OnnxExport.Write(model, folder["out"], new OnnxExportOptions { Type = TensorDataType.BF16 }));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_failed_write()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama);
        using var model = PretrainedModel.Open(folder["m"]);
        var error = Assert.Throws<RunFailedException>(() => OnnxExport.Write(model, folder["nowhere"]));
        Assert.Equal("write-failed", error.Code);
        Assert.Contains(OnnxExport.DataName, error.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_values_of_one_tensor_are_there_at_a_time()
    {
        WrittenModel.Write(folder["m"], WrittenModel.Llama);
        Directory.CreateDirectory(folder["out"]);
        using var model = PretrainedModel.Open(folder["m"]);
        int most = 0;
        OnnxExport.Write(model, folder["out"], progress: new Watch(() => most = Math.Max(most, model.Model.Parameters.Count(parameter => parameter.IsLoaded))));
        Assert.Equal(0, most);
    }

    [SharedFact("oracle/quantized")]
    public void Rounded_weights_lose_nothing_whatever_the_model_computes_in()
    {
        Directory.CreateDirectory(folder["m"]);
        ChangedModel.Copy(SharedFiles.Path("oracle", "quantized", "llama_gqa_int8_channel"), folder["m"], """{"torch_dtype": "float16"}""");
        Compare(OnTheRight).Dispose();
    }

    [SharedFact("models/all-MiniLM-L6-v2")]
    public void A_real_encoder_without_a_head_gives_its_states()
    {
        string path = SharedFiles.Path("models", "all-MiniLM-L6-v2");
        int[] ids = [101, 1037, 2158, 2003, 5983, 2833, 1012, 102, 101, 2619, 2038, 1037, 7954, 102, 0, 0];
        byte[] mask = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
        var remarks = Export(path, "out");
        Assert.Contains("no trained head", Assert.Single(remarks), StringComparison.Ordinal);
        using var onnx = new OnnxModel(folder["out"]);
        var states = onnx.Run("last_hidden_state", ids, mask, 2);
        Assert.Equal([2, 8, 384], states.Dimensions.ToArray());
        float[] expected = WrittenModel.Compute(path, new TokenBatch(ids, 2, mask), givesStates: true);
        Numbers.AssertClose(expected, states.Buffer.Span, Tolerance * Math.Max(1, expected.Max(Math.Abs)));
    }

    [SharedFact("models/llama-3m")]
    public void A_real_decoder_says_the_same_step_by_step()
    {
        string path = SharedFiles.Path("models", "llama-3m");
        Assert.Empty(Export(path, "out"));
        using var onnx = new OnnxModel(folder["out"]);
        int[] ids = [1, 403, 407, 261, 378, 500, 12, 77, 301, 9, 44, 250];
        float[] expected = WrittenModel.Compute(path, new TokenBatch(ids, 1));
        int width = expected.Length / ids.Length;
        for (int start = 0, count = 6; start < ids.Length; start += count, count = 1)
        {
            byte[] mask = [.. Enumerable.Repeat((byte)1, start + count)];
            var step = onnx.Run("logits", ids[start..(start + count)], mask, 1, positions: [.. Enumerable.Range(start, count)], startsAnew: start == 0);
            Numbers.AssertClose(expected.AsSpan(start * width, count * width), step.Buffer.Span, Tolerance * Math.Max(1, expected.Max(Math.Abs)), $"from token {start}");
        }
    }

    private static TokenBatch Batch(int[] ids, byte[] mask) => new(ids, 2, mask);

    /// <summary>Exports the model and compares its outputs with those computed here.</summary>
    private OnnxModel Compare(byte[] mask, string? remark = null, int[]? ids = null)
    {
        ids ??= Ids;
        var remarks = Export(folder["m"], "out");
        if (remark is null)
        {
            Assert.Empty(remarks);
        }
        else
        {
            Assert.StartsWith(remark, Assert.Single(remarks), StringComparison.Ordinal);
        }

        var onnx = new OnnxModel(folder["out"]);
        float[] expected = WrittenModel.Compute(folder["m"], Batch(ids, mask));
        Numbers.AssertClose(expected, onnx.Run("logits", ids, mask, 2).Buffer.Span, Tolerance * Math.Max(1, expected.Max(Math.Abs)));
        return onnx;
    }

    private IReadOnlyList<string> Export(string path, string target)
    {
        Directory.CreateDirectory(folder[target]);
        using var model = PretrainedModel.Open(path);
        return OnnxExport.Write(model, folder[target]).Remarks;
    }

    private sealed class Watch(Action look) : IProgress<double>
    {
        public void Report(double value) => look();
    }
}
