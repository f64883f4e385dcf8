using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Summarisation, translation and GLUE in words on the command line, from a model that is made there.</summary>
public sealed class PairTaskTests : IDisposable
{
    private static readonly string[] Words = ["red", "blue", "green", "cat", "dog", "sun"];
    private readonly TemporaryFolder folder = new();
    private readonly string data;

    public PairTaskTests()
    {
        data = folder["data"];
        Directory.CreateDirectory(data);
        var texts = Enumerable.Range(0, 40).Select(i => $"{Words[i % 6]} {Words[i * 5 % 6]}").ToList();
        File.WriteAllLines(Path.Combine(data, "train.de"), texts);
        File.WriteAllLines(Path.Combine(data, "train.en"), texts.Select(text => string.Join(' ', text.Split(' ').Reverse())));
        File.WriteAllLines(Path.Combine(data, "val.de"), texts.Take(4));
        File.WriteAllLines(Path.Combine(data, "val.en"), texts.Take(4).Select(text => string.Join(' ', text.Split(' ').Reverse())));
        string csv = "article,highlights\n" + string.Concat(texts.Select(text => $"\"{text}, and more\",{text}\n"));
        File.WriteAllText(Path.Combine(data, "train_40.csv"), csv);
        File.WriteAllText(Path.Combine(data, "test.csv"), csv);
        File.WriteAllText(Path.Combine(data, "validation.csv"), csv);
        folder.Write("config.json", """
            {"model_type":"t5","vocab_size":1,"d_model":16,"d_kv":4,"d_ff":24,"num_layers":1,"num_heads":4,"relative_attention_num_buckets":8,"dropout_rate":0}
            """);
        Run("create", folder["config.json"], "-o", folder["fresh"], "--train-tokenizer", "seq2seq-bpe", "--vocabulary-size", "400", "--data", Path.Combine(data, "train.de"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_translation_is_learned_and_measured_the_same_when_the_model_is_read_back()
    {
        string[] task = ["--task", "translation", "--data", data, "--source-language", "de", "--target-language", "en", "--max-target-length", "12", "--num-beams", "2"];
        var trained = Run(
            ["train", folder["fresh"], "-o", folder["out"], .. task, "--epochs", "2", "--batch-tokens", "120", "--label-smoothing", "0.1", "--learning-rate",
             "0.01", "--schedule", "inverse-sqrt", "--warmup-steps", "4", "--adam-betas", "0.9,0.98", "--eval-generate", "--method", "neuroprune", "--sparsity", "0.5", "--heads", "8"]);

        Assert.Equal(0.5, trained.GetProperty("sparsity").GetDouble(), 0.01);
        Assert.Equal(8, trained.GetProperty("headsLeft").GetInt32());
        Assert.Equal(3, trained.GetProperty("heads").GetArrayLength());
        Assert.Equal("translate German to English: ", trained.GetProperty("options").GetProperty("prefix").GetString());
        Assert.Equal(["bleu", "chrf", "loss"], trained.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name));
        Assert.Contains("bleu", trained.GetProperty("epochs")[0].GetProperty("metrics").EnumerateObject().Select(metric => metric.Name));

        var read = Run(["evaluate", folder["out"], .. task, "--details", folder["details.jsonl"]]);

        Assert.Equal(trained.GetProperty("metrics").GetProperty("chrf").GetDouble(), read.GetProperty("metrics").GetProperty("chrf").GetDouble(), 1e-9);
        Assert.Equal(trained.GetProperty("metrics").GetProperty("loss").GetDouble(), read.GetProperty("metrics").GetProperty("loss").GetDouble(), 1e-5);
        Assert.Contains("tok:13a", read.GetProperty("signature").GetString());
        Assert.Equal(4, File.ReadAllLines(folder["details.jsonl"]).Length);
        Assert.Equal(2, Run(["evaluate", folder["out"], .. task, "--documents", "1..2"]).GetProperty("examples").GetInt32());
    }

    [Fact]
    public void Summaries_have_their_metrics_and_what_is_cut_is_said()
    {
        var trained = Run(
            "train", folder["fresh"], "-o", folder["out"], "--task", "summarization", "--data", data, "--epochs", "1", "--max-eval-examples", "3",
            "--max-target-length", "6", "--max-length", "8");

        Assert.Equal("summarize: ", trained.GetProperty("options").GetProperty("prefix").GetString());
        Assert.Equal(3, trained.GetProperty("examples").GetInt32());
        Assert.Equal(["loss"], trained.GetProperty("epochs")[0].GetProperty("metrics").EnumerateObject().Select(metric => metric.Name));
        var run = CliRun.Of("evaluate", folder["out"], "--task", "summarization", "--data", data, "--split", "test", "--max-length", "8", "--max-target-length", "6", "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(
            ["rouge1", "rouge2", "rougeL", "rougeLsum", "loss"], run.Json.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name));
        Assert.Equal(40, run.Json.GetProperty("cutSources").GetInt32());
        Assert.Contains("are cut", run.Error);
    }

    [Fact]
    public void Glue_is_learned_in_words_and_spans_are_learned_from_text()
    {
        string glue = TinyClassifier.WriteSst2(folder["glue"]);
        string text = TinyModel.WriteText(folder["text.jsonl"]);
        var pretrained = Run(
            "pretrain", folder["config.json"], "-o", folder["spans"], "--data", text, "--train-tokenizer", "seq2seq-bpe", "--vocabulary-size", "400",
            "--sequence-length", "32", "--epochs", "2", "--batch-size", "4", "--validation-share", "0.2");
        Assert.Equal("span-corruption", pretrained.GetProperty("objective").GetString());
        Assert.True(pretrained.GetProperty("epochs")[1].GetProperty("loss").GetDouble() < pretrained.GetProperty("epochs")[0].GetProperty("loss").GetDouble());

        var trained = Run(
            "train", folder["spans"], "-o", folder["out"], "--task", "sst2", "--data", glue, "--epochs", "12", "--batch-size", "8", "--learning-rate", "0.01");

        Assert.InRange(trained.GetProperty("metrics").GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.Equal(0, trained.GetProperty("metrics").GetProperty("unknownShare").GetDouble());
        var read = Run("evaluate", folder["out"], "--task", "sst2", "--data", glue);
        Assert.Equal(trained.GetProperty("metrics").ToString(), read.GetProperty("metrics").ToString());
    }

    [Fact]
    public void Beams_count_at_the_end_though_nothing_was_written_on_the_way()
    {
        string[] task = ["--task", "translation", "--data", data, "--source-language", "de", "--target-language", "en", "--max-target-length", "12"];
        var trained = Run(["train", folder["fresh"], "-o", folder["out"], .. task, "--epochs", "2", "--batch-size", "4", "--learning-rate", "0.01", "--num-beams", "3"]);

        var read = Run(["evaluate", folder["out"], .. task, "--num-beams", "3"]);
        var greedy = Run(["evaluate", folder["out"], .. task]);

        Assert.Equal(trained.GetProperty("metrics").GetProperty("chrf").GetDouble(), read.GetProperty("metrics").GetProperty("chrf").GetDouble(), 1e-9);
        Assert.NotEqual(greedy.GetProperty("metrics").GetProperty("chrf").GetDouble(), read.GetProperty("metrics").GetProperty("chrf").GetDouble(), 1e-9);
    }

    [Theory]
    [InlineData("missing-option", "--task", "translation")]
    [InlineData("unused-option", "--task", "summarization", "--source-language", "de")]
    [InlineData("unused-option", "--task", "sst2", "--num-beams", "2")]
    [InlineData("unused-option", "--task", "sst2", "--batch-tokens", "9")]
    [InlineData("invalid-option", "--task", "summarisation")]
    [InlineData("invalid-option", "--task", "summarization", "--adam-betas", "0.9")]
    [InlineData("invalid-option", "--task", "summarization", "--num-beams", "0")]
    [InlineData("conflicting-options", "--task", "summarization", "--eval-generate", "--length-penalty", "2")]
    [InlineData("conflicting-options", "--task", "summarization", "--warmup", "0.1", "--warmup-steps", "2")]
    [InlineData("conflicting-options", "--task", "summarization", "--fresh-head")]
    [InlineData("missing-column", "--task", "summarization", "--target-column", "summary")]
    public void What_does_not_fit_is_refused_and_nothing_is_left(string code, params string[] options)
    {
        var run = CliRun.Of(["train", folder["fresh"], "-o", folder["out"], "--data", data, .. options, "--json"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.False(Directory.Exists(folder["out"]) || Directory.Exists(folder["out.partial"]));
    }

    [Fact]
    public void A_model_without_an_encoder_is_refused()
    {
        string decoder = TinyModel.Write(folder["decoder"]);
        var run = CliRun.Of("evaluate", decoder, "--task", "summarization", "--data", data, "--json");

        Assert.Equal("unsupported-task", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    private static JsonElement Run(params string[] args)
    {
        var run = CliRun.Of([.. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run.Json;
    }
}
