using System.Text.Json.Nodes;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary><c>prune</c> on models with an encoder, from ready ids and from text.</summary>
public sealed class PruneEncoderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_encoder_without_a_head_is_pruned_as_it_is()
    {
        Directory.CreateDirectory(folder["model"]);
        foreach (string file in Directory.GetFiles(Repository.Path("models", "bert-docs")))
        {
            File.Copy(file, Path.Combine(folder["model"], Path.GetFileName(file)));
        }

        // As sentence encoders are saved: there is no head for the class, so that one would be drawn afresh.
        TinyModel.EditConfig(folder["model"], config => config["architectures"] = new JsonArray("BertModel"));
        TinyModel.WriteText(folder["text.jsonl"]);
        var run = CliRun.Of("prune", folder["model"], "-o", folder["out"], "--calibration", folder["text.jsonl"], "--samples", "4", "--sequence-length", "16", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(0.5, CliRun.Of("inspect", folder["out"], "--json").Json.GetProperty("sparsity").GetDouble(), 2);
    }

    [SharedTheory("oracle/models")]
    [InlineData("bert_cls", 2, 6)]
    [InlineData("t5_v1_0", 4, 6)]
    [InlineData("t5_v1_1", 4, 7)]
    public void Reference_models_are_pruned_and_found_as_sparse(string name, int blocks, int layers)
    {
        string model = SharedFiles.Path("oracle", "models", name);

        var run = CliRun.Of(
            "prune", model, "-o", folder["out"], "--method", "wanda", "--sparsity", "0.75",
            "--calibration", Path.Combine(model, "reference.safetensors"), "--json");
        var inspection = CliRun.Of("inspect", folder["out"], "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(inspection.ExitCode == 0, inspection.ToString());
        Assert.Equal(0.75, inspection.Json.GetProperty("sparsity").GetDouble());
        Assert.Equal(blocks, inspection.Json.GetProperty("blocks").GetArrayLength());
        Assert.Equal(layers, inspection.Json.GetProperty("blocks")[0].GetProperty("layers").GetArrayLength());

        // The three rows of the file have 14, 9 and 6 tokens; the rest is padding.
        Assert.Equal(29, run.Json.GetProperty("calibrationData").GetProperty("tokens").GetInt32());
        Assert.Equal("ids", run.Json.GetProperty("calibrationData").GetProperty("rule").GetString());
    }

    [SharedTheory("oracle/tokenizers")]
    [InlineData("bert_small_uncased", "[CLS]", "[SEP]")]
    [InlineData("t5_unigram", null, "</s>")]
    public void Text_is_drawn_as_documents(string tokenizer, string? begin, string end)
    {
        string model = WriteModel(tokenizer);
        string[] texts = ["The sun rises.", "A man of few words is a wise man, they say.", "Snow fell on the quiet town all night long."];
        File.WriteAllLines(folder["text.jsonl"], texts.Select(text => new JsonObject { ["text"] = text }.ToJsonString()));
        string[] args = ["prune", model, "--calibration", folder["text.jsonl"], "--samples", "8", "--sequence-length", "12", "--json"];

        var run = CliRun.Of([.. args, "-o", folder["one"], "--threads", "1"]);
        var again = CliRun.Of([.. args, "-o", folder["two"], "--threads", "2"]);
        var shown = CliRun.Of([.. args.SkipLast(1), "-o", folder["three"]]);

        Assert.True(run.ExitCode == 0 && again.ExitCode == 0 && shown.ExitCode == 0, run.ToString() + again + shown);
        var data = run.Json.GetProperty("calibrationData");
        Assert.Equal("documents", data.GetProperty("rule").GetString());
        Assert.Equal(8, data.GetProperty("samples").GetInt32());
        Assert.InRange(data.GetProperty("tokens").GetInt32(), 8 * 3, 8 * 12);
        Assert.Equal(begin is null, data.GetProperty("targetTokens").GetInt32() > 0);
        Assert.Equal(File.ReadAllBytes(folder["one/model.safetensors"]), File.ReadAllBytes(folder["two/model.safetensors"]));
        Assert.Contains("8 sequences with", shown.Error + shown.Output, StringComparison.Ordinal);

        // The special tokens are those that stand around any text.
        File.WriteAllLines(folder["line.txt"], [texts[0]]);
        var tokens = CliRun.Of("tokenize", model, "--input", folder["line.txt"], "--decode", "--json").Json.GetProperty("items")[0];
        string decoded = tokens.GetProperty("decoded").GetString()!;
        Assert.True(begin is null || decoded.StartsWith(begin, StringComparison.Ordinal), decoded);
        Assert.EndsWith(end, decoded, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_without_something_to_read_is_refused()
    {
        string model = TinyModel.WriteT5(folder["model"]);
        File.WriteAllText(folder["ids.json"], """{ "input_ids": [[1, 2, 3]] }""");

        var run = CliRun.Of("prune", model, "-o", folder["out"], "--calibration", folder["ids.json"], "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("missing-targets", run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void Besa_is_refused_where_a_decoder_reads_an_encoder()
    {
        string model = TinyModel.WriteT5(folder["model"]);
        File.WriteAllText(folder["ids.json"], """{ "input_ids": [[1, 2, 3]], "decoder_input_ids": [[0, 4]] }""");

        var run = CliRun.Of("prune", model, "-o", folder["out"], "--allocation", "besa", "--calibration", folder["ids.json"], "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("unsupported-model", run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.False(Directory.Exists(folder["out"]));
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    private string WriteModel(string tokenizer)
    {
        ModelConfig config = tokenizer.StartsWith("t5", StringComparison.Ordinal)
            ? new T5Config { VocabSize = 2000, DModel = 16, DKv = 8, DFf = 32, NumLayers = 1, NumHeads = 2 }
            : new BertConfig
            {
                VocabSize = 2000,
                HiddenSize = 16,
                IntermediateSize = 32,
                NumHiddenLayers = 2,
                NumAttentionHeads = 2,
                Architectures = ["BertForMaskedLM"],
            };
        using var model = RandomInitialization.Create(config, 1);
        ModelWriter.Save(folder["model"], config, model);
        string source = SharedFiles.Path("oracle", "tokenizers", tokenizer);
        foreach (string file in Directory.EnumerateFiles(source).Where(file => Path.GetFileName(file) != "cases.json"))
        {
            File.Copy(file, Path.Combine(folder["model"], Path.GetFileName(file)));
        }

        return folder["model"];
    }
}
