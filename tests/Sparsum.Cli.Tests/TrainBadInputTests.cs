using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>What can be wrong with a training run: each is said with place and remedy, and leaves nothing behind.</summary>
public sealed class TrainBadInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string data;

    public TrainBadInputTests()
    {
        model = TinyClassifier.Write(folder["model"], ["negative", "positive"]);
        data = TinyClassifier.WriteSst2(folder["data"], train: 24);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train.tsv", "the film is good 1", "column-count", "Line 27")]
    [InlineData("train.tsv", "the film is good\t1\t1", "column-count", "Line 27")]
    [InlineData("train.tsv", "the film is good\t2", "unknown-label", "Line 27")]
    [InlineData("dev.tsv", "the film is good\tgood", "unknown-label", "Line 35")]
    public void A_bad_line_is_named(string file, string line, string code, string place)
    {
        File.AppendAllText(Path.Combine(data, file), "the plot is dull\t0\n" + line + "\n");

        var error = Refuse();

        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Contains(place, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.EndsWith(file, error.GetProperty("file").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing-option", "--task", "--data", "x")]
    [InlineData("missing-option", "--data", "--task", "sst2")]
    [InlineData("invalid-option", "--task", "--task", "sst3", "--data", "x")]
    [InlineData("missing-file", "x", "--task", "sst2", "--data", "x")]
    public void Task_and_data_are_needed(string code, string file, params string[] options)
    {
        var run = CliRun.Of(["train", model, "-o", folder["out"], .. options, "--json"]);

        Assert.Equal(2, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(file, error.GetProperty("file").GetString());
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    [Theory]
    [InlineData("unused-option", "--method", "l1", "--alpha", "1")]
    [InlineData("unused-option", "--theta", "0.1")]
    [InlineData("conflicting-options", "--method", "neuroprune", "--alpha", "1", "--set", "neuroprune.alpha=2")]
    [InlineData("unknown-setting", "--set", "neuroprune.gamma=1")]
    [InlineData("invalid-setting", "--method", "neuroprune", "--penalty-mode", "soft")]
    [InlineData("invalid-option", "--sparsity", "1")]
    [InlineData("no-target", "--sparsity", "0.5")]
    [InlineData("unreachable-heads", "--method", "neuroprune", "--heads", "1")]
    public void Options_that_do_not_go_together_are_refused(string code, params string[] options) =>
        Assert.Equal(code, Refuse(options).GetProperty("code").GetString());

    [Fact]
    public void A_model_for_another_task_is_refused()
    {
        string other = TinyClassifier.Write(folder["three"], ["entailment", "neutral", "contradiction"]);
        string regression = TinyClassifier.Write(folder["number"], ["LABEL_0"], isRegression: true);
        string masked = TinyClassifier.Write(folder["masked"]);
        string decoder = TinyModel.Write(folder["decoder"]);

        foreach (string wrong in new[] { other, regression })
        {
            Assert.Equal("label-mismatch", ErrorOf("train", wrong, "-o", folder["out"]));
            Assert.Equal("label-mismatch", ErrorOf("evaluate", wrong));
        }

        Assert.Equal("label-mismatch", ErrorOf("evaluate", masked));
        Assert.Equal("unsupported-task", ErrorOf("train", decoder, "-o", folder["out"]));
        Assert.Equal("conflicting-options", ErrorOf("evaluate", model, "--perplexity", "x"));
        Assert.Equal("output-is-input", ErrorOf("train", model, "-o", model, "--force"));
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_run_and_keeps_the_last_checkpoint()
    {
        string[] line = ["train", model, "-o", folder["out"], "--task", "sst2", "--data", data, "--batch-size", "8", "--epochs", "3"];
        var run = CliRun.Of([.. line, "--learning-rate", "1e38", "--max-gradient-norm", "0", "--checkpoint-steps", "1", "--json"]);

        Assert.Equal(1, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Contains(error.GetProperty("code").GetString(), new[] { "loss-not-finite", "gradient-not-finite" });
        Assert.Matches("step 1|1 steps", error.GetProperty("message").GetString());
        Assert.Contains("learning rate", error.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
        Assert.True(File.Exists(Path.Combine(folder["out.partial"], "checkpoint.safetensors")));

        var refused = CliRun.Of([.. line, "--json"]);
        Assert.Equal("unfinished-run", refused.Json.GetProperty("error").GetProperty("code").GetString());
        var resumed = CliRun.Of([.. line, "--learning-rate", "0.01", "--resume", "--json"]);
        Assert.Equal("other-run", resumed.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(0, CliRun.Of([.. line, "--learning-rate", "0.01", "--force"]).ExitCode);
    }

    private JsonElement Refuse(params string[] options)
    {
        var run = CliRun.Of(["train", model, "-o", folder["out"], "--task", "sst2", "--data", data, .. options, "--json"]);
        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.False(Directory.Exists(folder["out"]));
        Assert.False(Directory.Exists(folder["out.partial"]));
        return run.Json.GetProperty("error");
    }

    private string? ErrorOf(params string[] line)
    {
        var run = CliRun.Of([.. line, "--task", "sst2", "--data", data, "--json"]);
        Assert.True(run.ExitCode == 2, run.ToString());
        return run.Json.GetProperty("error").GetProperty("code").GetString();
    }
}
