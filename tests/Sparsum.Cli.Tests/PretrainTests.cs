using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class PretrainTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string text;

    public PretrainTests()
    {
        string[] subjects = ["model", "block", "layer", "head", "token"];
        string[] verbs = ["is pruned", "is kept", "grows", "shrinks"];
        text = folder["text.jsonl"];
        File.WriteAllLines(text, Enumerable.Range(0, 400).Select(i => new JsonObject
        {
            ["text"] = $"The {subjects[i % 5]} {verbs[i % 4]} in step {i % 7}.\nEvery {subjects[i % 3]} {verbs[i % 2]}.",
        }.ToJsonString()));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_causal_model_learns_and_opens_with_its_own_tokenizer()
    {
        var run = Pretrain("out", Llama(), "--train-tokenizer", "bpe", "--vocabulary-size", "320", "--epochs", "4", "--validation-share", "0.1");

        var json = run.Json;
        Assert.Equal("causal", json.GetProperty("objective").GetString());
        var epochs = json.GetProperty("epochs").EnumerateArray().Select(epoch => epoch.GetProperty("validationLoss").GetDouble()).ToList();
        Assert.Equal(4, epochs.Count);
        Assert.True(epochs[^1] < epochs[0] - 0.5, string.Join(", ", epochs));
        Assert.Equal(epochs[^1], json.GetProperty("validationLoss").GetDouble());
        Assert.Equal(Math.Exp(epochs[^1]), json.GetProperty("validationPerplexity").GetDouble(), 1e-9);
        Assert.Equal(json.GetProperty("tokensPerEpoch").GetInt64() * 4, json.GetProperty("tokensSeen").GetInt64());
        Assert.Equal("learned from the training text", json.GetProperty("tokenizer").GetProperty("source").GetString());
        Assert.Equal(json.GetProperty("steps").GetInt32(), json.GetProperty("curve").EnumerateArray().Last().GetProperty("step").GetInt32());

        using var model = PretrainedModel.Open(folder["out"]);
        Assert.Equal((320, 320), (model.Model.VocabularySize, model.Tokenizer.VocabularySize));
        Assert.Empty(model.UnusedTensors);
        Assert.Equal(0, model.ModelConfig.BosTokenId);
        Assert.True(File.Exists(Path.Combine(folder["out"], "run.json")));
        Assert.False(Directory.Exists(folder["out.partial"]));
        var evaluation = CliRun.Of("evaluate", folder["out"], "--perplexity", text, "--json");
        Assert.InRange(evaluation.Json.GetProperty("perplexity").GetDouble(), 1, 60);
    }

    [Fact]
    public void A_masked_model_learns_and_is_saved_in_the_type_asked_for()
    {
        var run = Pretrain(
            "out", Bert(), "--train-tokenizer", "wordpiece", "--vocabulary-size", "200", "--steps", "60", "--validation", text, "--dtype", "bfloat16");

        Assert.Equal("masked", run.Json.GetProperty("objective").GetString());
        Assert.Equal(60, run.Json.GetProperty("steps").GetInt32());
        Assert.True(run.Json.GetProperty("finalLoss").GetDouble() < run.Json.GetProperty("curve")[0].GetProperty("loss").GetDouble() - 0.5);
        using var model = PretrainedModel.Open(folder["out"]);
        Assert.Equal(ModelTask.MaskedLanguageModeling, model.Task);
        Assert.Empty(model.FreshParameters);
        Assert.Contains("BF16", model.Checkpoint.Tensors.Values.Select(tensor => tensor.DataType.ToString()));
        Assert.Equal([2, 3], Tokenizer.Open(folder["out"]).Encode(""));
    }

    [Theory]
    [InlineData("neuroprune", true)]
    [InlineData("l1", false)]
    public void Sparse_methods_reach_their_targets_while_a_model_is_pretrained(string method, bool removesHeads)
    {
        string[] targets = removesHeads ? ["--sparsity", "0.6", "--heads", "3"] : ["--sparsity", "0.6"];
        var run = Pretrain(
            "out", Bert(), ["--train-tokenizer", "wordpiece", "--vocabulary-size", "200", "--epochs", "3", "--method", method, .. targets]);

        Assert.Equal(0.6, run.Json.GetProperty("sparsity").GetDouble(), 0.01);
        Assert.Equal(removesHeads ? 3 : 4, run.Json.GetProperty("headsLeft").GetInt32());
        using var model = PretrainedModel.Open(folder["out"]);
        Assert.Equal(run.Json.GetProperty("headsLeft").GetInt32(), model.Model.Blocks.Sum(block => block.Attention.HeadCount));
        model.LoadAll();
        var weights = model.Model.Blocks.SelectMany(block => block.Linears).SelectMany(linear => linear.Weight.Value.ToArray()).ToList();
        Assert.InRange(weights.Count(value => value == 0) / (double)weights.Count, 0.3, 0.7);
    }

    [Fact]
    public void Heads_that_share_keys_stay_while_a_model_becomes_sparse()
    {
        string config = Write("grouped.json", new JsonObject
        {
            ["model_type"] = "llama",
            ["vocab_size"] = 320,
            ["intermediate_size"] = 48,
            ["num_key_value_heads"] = 1,
        });

        var run = Pretrain(
            "out", config, "--train-tokenizer", "bpe", "--vocabulary-size", "320", "--epochs", "3", "--method", "neuroprune", "--sparsity", "0.6");

        Assert.Equal(0.6, run.Json.GetProperty("sparsity").GetDouble(), 0.01);
        Assert.Equal(4, run.Json.GetProperty("headsLeft").GetInt32());
    }

    [Fact]
    public void Training_can_go_on_from_weights()
    {
        string[] learn = ["--train-tokenizer", "bpe", "--vocabulary-size", "300", "--epochs", "3"];
        double before = Pretrain("first", Llama(), learn).Json.GetProperty("finalLoss").GetDouble();

        string first = Path.GetRelativePath(Environment.CurrentDirectory, folder["first"]);
        var run = Pretrain("second", first, "--continue", "--steps", "10", "--learning-rate", "1e-5", "--sequence-length", "48");

        // The record names what was given, not where it is on this machine.
        Assert.Equal(first, run.Json.GetProperty("tokenizer").GetProperty("source").GetString());
        var fromFile = Pretrain("third", Path.Combine(first, "config.json"), "--continue", "--steps", "1", "--sequence-length", "48");
        Assert.Equal(first, fromFile.Json.GetProperty("tokenizer").GetProperty("source").GetString());
        Assert.InRange(run.Json.GetProperty("curve")[0].GetProperty("loss").GetDouble(), before - 0.5, before + 0.5);
        Assert.NotEqual(Weights("first"), Weights("second"));
        Assert.Equal("conflicting-options", Refusal(["pretrain", folder["first"], "-o", folder["out"], "--data", text, "--continue", .. learn, "--json"]));
    }

    [Fact]
    public void A_cancelled_run_goes_on_within_its_epoch_and_ends_with_the_same_bytes()
    {
        string config = Bert();
        string[] options =
        [
            "pretrain", config, "--data", text, "--train-tokenizer", "wordpiece", "--vocabulary-size", "180", "--epochs", "3", "--batch-size", "4",
            "--checkpoint-steps", "5", "--validation-share", "0.1", "--json",
        ];
        Assert.Equal(0, CliRun.Of([.. options, "-o", folder["whole"]]).ExitCode);
        using var stop = new CancellationTokenSource();
        string checkpoint = Path.Combine(folder["out.partial"], "checkpoint.safetensors");
        var stopped = Bounded.RunUntil(() => CliRun.Of(stop.Token, [.. options, "-o", folder["out"]]), () => File.Exists(checkpoint), stop.Cancel);
        Assert.True(stopped.ExitCode == 130, stopped.ToString());
        Assert.Contains("--resume", stopped.Json.GetProperty("error").GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Equal("unfinished-run", Refusal([.. options, "-o", folder["out"]]));
        var resumed = CliRun.Of([.. options, "-o", folder["out"], "--resume", "--threads", "1"]);

        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Equal(Weights("whole"), Weights("out"));
        var whole = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["whole"], "run.json"))).RootElement;
        Assert.Equal(whole.GetProperty("curve").GetRawText(), Document("out").GetProperty("curve").GetRawText());
        Assert.Equal(whole.GetProperty("epochs").GetRawText(), Document("out").GetProperty("epochs").GetRawText());

        // The record has the objective that `auto` stood for: the same command is still the same run.
        var again = CliRun.Of([.. options, "-o", folder["out"], "--resume"]);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.True(again.Json.GetProperty("finished").GetBoolean());
    }

    [Fact]
    public void The_same_command_gives_the_same_bytes()
    {
        string[] options = ["--train-tokenizer", "bpe", "--vocabulary-size", "300", "--steps", "5"];
        Pretrain("first", Llama(), options);
        Pretrain("second", Llama(), [.. options, "--threads", "1"]);
        Pretrain("other", Llama(), [.. options, "--seed", "7"]);

        Assert.Equal(Weights("first"), Weights("second"));
        Assert.NotEqual(Weights("first"), Weights("other"));
    }

    [Fact]
    public void A_tokenizer_of_the_folder_of_the_configuration_serves()
    {
        string model = TinyModel.Write(folder["model"]);

        var run = Pretrain("out", model, "--steps", "3");

        Assert.Equal(257, run.Json.GetProperty("tokenizer").GetProperty("vocabularySize").GetInt32());
        Assert.True(File.Exists(Path.Combine(folder["out"], "merges.txt")));
    }

    [Fact]
    public void Bad_input_is_refused_and_leaves_nothing()
    {
        string model = TinyModel.Write(folder["model"]);
        string empty = folder["empty.txt"];
        File.WriteAllText(empty, " \n");
        string[] learn = ["--train-tokenizer", "bpe", "--vocabulary-size", "300"];
        var cases = new (string Code, string[] Args)[]
        {
            ("missing-config", [folder["nowhere"], "--data", text, .. learn]),
            ("missing-option", [Llama(), .. learn]),
            ("empty-text", [Llama(), "--data", empty, .. learn]),
            ("unsupported-objective", [Llama(), "--data", text, "--objective", "masked", .. learn]),
            ("unsupported-objective", [Bert(), "--data", text, "--objective", "causal", .. learn]),
            ("missing-special-token", [Bert(), "--data", text, .. learn]),
            ("vocabulary-mismatch", [Llama(vocabulary: 500), "--data", text, "--tokenizer", model]),
            ("vocabulary-mismatch", [Llama(vocabulary: 256), "--data", text, "--tokenizer", model]),
            ("tokenizer-missing", [Llama(), "--data", text]),
            ("bad-vocabulary-size", [Llama(), "--data", text, "--train-tokenizer", "bpe", "--vocabulary-size", "200"]),
            ("invalid-option", [Llama(), "--data", text, "--train-tokenizer", "unigram"]),
            ("invalid-option", [Llama(), "--data", text, .. learn, "--sequence-length", "65"]),
            ("invalid-option", [Llama(), "--data", text, .. learn, "--learning-rate", "0"]),
            ("conflicting-options", [Llama(), "--data", text, .. learn, "--tokenizer", model]),
            ("conflicting-options", [Llama(), "--data", text, .. learn, "--steps", "3", "--epochs", "2"]),
            ("output-is-input", [Llama(), "--data", text, .. learn, "-o", folder.Root]),
            ("output-not-ours", [Llama(), "--data", text, .. learn, "-o", Path.Combine(folder.Root, "other"), "--force"]),
        };
        Directory.CreateDirectory(folder["other"]);
        File.WriteAllText(Path.Combine(folder["other"], "note.txt"), "not yours");

        foreach (var (code, args) in cases)
        {
            string[] output = args.Contains("-o") ? [] : ["-o", folder["out"]];
            Assert.Equal(code, Refusal(["pretrain", .. args, .. output, "--json"]));
            Assert.Empty(Directory.GetFileSystemEntries(folder.Root, "out*"));
        }

        Assert.True(File.Exists(Path.Combine(folder["other"], "note.txt")));
    }

    [Fact]
    public void Numbers_that_explode_end_the_run()
    {
        var run = CliRun.Of(
            "pretrain", Llama(), "-o", folder["out"], "--data", text, "--train-tokenizer", "bpe", "--vocabulary-size", "300", "--learning-rate", "1e36",
            "--max-gradient-norm", "0", "--steps", "20", "--json");

        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains(run.Json.GetProperty("error").GetProperty("code").GetString(), (string[])["loss-not-finite", "gradient-not-finite"]);
        Assert.False(Directory.Exists(folder["out"]));
    }

    private CliRun Pretrain(string output, string config, params string[] options)
    {
        string[] usual = [.. Default("--sequence-length", "32"), .. Default("--batch-size", "8"), .. Default("--learning-rate", "0.01")];
        var run = CliRun.Of(["pretrain", config, "-o", folder[output], "--data", text, .. usual, .. options, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;

        string[] Default(string name, string value) => options.Contains(name) ? [] : [name, value];
    }

    private static string Refusal(string[] args)
    {
        var run = CliRun.Of(args);
        Assert.True(run.ExitCode == 2, run.ToString());
        return run.Json.GetProperty("error").GetProperty("code").GetString()!;
    }

    private JsonElement Document(string output) => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder[output], "run.json"))).RootElement;

    private byte[] Weights(string output) => File.ReadAllBytes(Path.Combine(folder[output], "model.safetensors"));

    private string Llama(int vocabulary = 300) => Write(
        $"llama-{vocabulary.ToString(CultureInfo.InvariantCulture)}.json",
        new JsonObject { ["model_type"] = "llama", ["vocab_size"] = vocabulary, ["intermediate_size"] = 48, ["tie_word_embeddings"] = true });

    private string Bert() => Write("bert.json", new JsonObject { ["model_type"] = "bert", ["vocab_size"] = 300, ["intermediate_size"] = 48 });

    private string Write(string name, JsonObject config)
    {
        config["hidden_size"] = 24;
        config["num_hidden_layers"] = 2;
        config["num_attention_heads"] = 2;
        config["max_position_embeddings"] = 64;
        config["initializer_range"] = 0.1;
        File.WriteAllText(folder[name], config.ToJsonString());
        return folder[name];
    }
}
