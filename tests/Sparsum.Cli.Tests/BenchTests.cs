using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class BenchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Both_models_are_measured_and_compared()
    {
        string model = TinyModel.Write(folder["model"]);
        string larger = TinyModel.Write(folder["larger"], blocks: 4);

        var run = CliRun.Of("bench", model, "--baseline", larger, "--length", "16", "--runs", "3", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        var items = run.Json.GetProperty("items");
        Assert.Equal([larger, model], items.EnumerateArray().Select(item => item.GetProperty("model").GetString()));
        Assert.Equal(1, items[0].GetProperty("ratio").GetDouble());
        Assert.True(items[0].GetProperty("bytesOnDisk").GetInt64() > items[1].GetProperty("bytesOnDisk").GetInt64());
        foreach (var item in items.EnumerateArray())
        {
            Assert.True(item.GetProperty("peakBytes").GetInt64() > 1_000_000);
            double median = item.GetProperty("medianMilliseconds").GetDouble();
            Assert.InRange(median, item.GetProperty("minMilliseconds").GetDouble(), item.GetProperty("maxMilliseconds").GetDouble());
            Assert.Equal(16_000 / median, item.GetProperty("tokensPerSecond").GetDouble(), 1e-6 * 16_000 / median);
            Assert.True(item.GetProperty("decode").GetProperty("medianMilliseconds").GetDouble() > 0);
        }
    }

    [Fact]
    public void Tables_fit_80_columns_and_say_what_was_measured()
    {
        string model = TinyModel.Write(folder["a-model-with-a-rather-long-name"]);

        var run = CliRun.Of("bench", model, "--baseline", model, "--length", "8", "--runs", "6", "--threads", "1");

        Assert.True(run.ExitCode == 0, run.ToString());
        string[] lines = run.Output.Split('\n');
        Assert.True(lines.Max(line => line.TrimEnd().Length) <= 80, run.Output);
        Assert.Contains(lines, line => line.StartsWith("processor", StringComparison.Ordinal));
        Assert.Contains("threads    1", run.Output, StringComparison.Ordinal);
        Assert.Contains("weights    auto", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Theory]
    [InlineData("bfloat16")]
    [InlineData("int8")]
    public void Weights_can_be_held_smaller(string storage)
    {
        string model = TinyModel.Write(folder["model"]);

        var run = CliRun.Of("bench", model, "--length", "8", "--runs", "1", "--storage", storage, "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(1, run.Json.GetProperty("items").GetArrayLength());
        Assert.Equal(storage, run.Json.GetProperty("options").GetProperty("storage").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Encoders_are_timed_on_whole_sequences_alone(bool isClassifier)
    {
        string model = TinyClassifier.Write(folder["model"], isClassifier ? ["negative", "positive"] : null);

        var run = CliRun.Of("bench", model, "--batch", "3", "--length", "20", "--runs", "2", "--json");
        var shown = CliRun.Of("bench", model, "--length", "20", "--runs", "1");

        Assert.True(run.ExitCode == 0 && shown.ExitCode == 0, run.ToString() + shown);
        var item = Assert.Single(run.Json.GetProperty("items").EnumerateArray());
        Assert.Equal("prefill", item.GetProperty("kind").GetString());
        Assert.False(item.TryGetProperty("decode", out _));
        Assert.Equal(JsonValueKind.Null, item.GetProperty("ratio").ValueKind);
        double median = item.GetProperty("medianMilliseconds").GetDouble();
        Assert.Equal(60_000 / median, item.GetProperty("tokensPerSecond").GetDouble(), 1e-6 * 60_000 / median);
        Assert.Contains("–", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encoder_and_a_language_model_are_compared_in_what_both_can_do()
    {
        string encoder = TinyClassifier.Write(folder["encoder"]);
        string decoder = TinyModel.Write(folder["decoder"]);

        var run = CliRun.Of("bench", decoder, "--baseline", encoder, "--length", "16", "--runs", "1", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.All(run.Json.GetProperty("items").EnumerateArray(), item => Assert.False(item.TryGetProperty("decode", out _)));
        Assert.Equal(1, run.Json.GetProperty("items")[0].GetProperty("ratio").GetDouble());
    }

    [Fact]
    public void A_model_of_two_stacks_is_refused()
    {
        var run = CliRun.Of("bench", TinyModel.WriteT5(folder["model"]), "--length", "8", "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("not-a-language-model", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("decoder", 10, TinyModel.MaxPositions - 2 - 10)]
    [InlineData("decoder", 20, TinyModel.MaxPositions - 2 - 20)]
    [InlineData("encoder", 1, 32)]
    public void Without_a_length_the_models_positions_decide_and_it_is_told(string kind, int runs, int expected)
    {
        string model = kind == "encoder" ? TinyClassifier.Write(folder["model"], ["0", "1"]) : TinyModel.Write(folder["model"]);

        var run = CliRun.Of("bench", model, "--runs", $"{runs}", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(expected, run.Json.GetProperty("options").GetProperty("length").GetInt32());
        Assert.Contains($"--length is {expected}: the models' positions cover no more.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void So_many_runs_that_no_position_is_left_for_a_length_are_refused()
    {
        var run = CliRun.Of("bench", TinyModel.Write(folder["model"]), "--runs", "64", "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("option-out-of-range", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public void An_encoder_takes_no_more_than_its_positions() =>
        Assert.Equal(2, CliRun.Of("bench", TinyClassifier.Write(folder["model"]), "--length", "33", "--json").ExitCode);

    [Fact]
    public void A_length_that_the_model_cannot_take_is_refused() =>
        Assert.Equal(2, CliRun.Of("bench", TinyModel.Write(folder["model"]), "--length", "4096", "--json").ExitCode);
}
