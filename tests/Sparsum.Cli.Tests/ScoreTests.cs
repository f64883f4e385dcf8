using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>The verb score: metrics of two files.</summary>
public sealed class ScoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("accuracy", 0.6)]
    [InlineData("f1", 2.0 / 3)]
    [InlineData("Matthews", 1.0 / 6)]
    public void One_metric_of_labels(string metric, double expected)
    {
        var run = Score(metric, "1\n0\n0\n1\n1\n", "1\n1\n0\n0\n1\n");

        Assert.True(run.ExitCode == 0, run.ToString());
        var scores = run.Json.GetProperty("scores");
        Assert.Equal(expected, scores.GetProperty(metric.ToLowerInvariant()).GetDouble(), 1e-15);
        Assert.Single(scores.EnumerateObject());
    }

    [Fact]
    public void A_task_stands_for_its_metrics_and_takes_names_for_labels()
    {
        var run = Score("MRPC", "equivalent\nnot_equivalent\n0\n1\r\nEquivalent", "1\n1\n0\n0\n1");

        Assert.True(run.ExitCode == 0, run.ToString());
        var scores = run.Json.GetProperty("scores");
        Assert.Equal(0.6, scores.GetProperty("accuracy").GetDouble(), 1e-15);
        Assert.Equal(2.0 / 3, scores.GetProperty("f1").GetDouble(), 1e-15);
        Assert.Equal((0.6 + (2.0 / 3)) / 2, scores.GetProperty("combined").GetDouble(), 1e-15);
    }

    [Fact]
    public void Numbers_correlate_and_a_constant_is_undefined()
    {
        var run = Score("stsb", "1\n2\n3\n4\n5", "10\n9\n2.5\n6\n4");
        Assert.Equal(-15 / Math.Sqrt(10 * 40.8), run.Json.GetProperty("scores").GetProperty("pearson").GetDouble(), 1e-14);
        Assert.Equal(-0.7, run.Json.GetProperty("scores").GetProperty("spearman").GetDouble(), 1e-14);

        var constant = Score("pearson", "1\n1", "1\n2");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, constant.Json.GetProperty("scores").GetProperty("pearson").ValueKind);
    }

    [Fact]
    public void People_read_a_line_per_metric_even_with_quiet()
    {
        Write("1\n0", "1\n1");
        var run = CliRun.Of(Line("accuracy", "--quiet"));
        Assert.Equal("accuracy  0.500000\n", run.Output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("rouge", "1", "1", "metric-not-offered", null)]
    [InlineData("bleu", "1", "1", "metric-not-offered", null)]
    [InlineData("acuracy", "1", "1", "unknown-metric", "accuracy")]
    [InlineData("accuracy", "1\n2", "1", "count-mismatch", null)]
    [InlineData("accuracy", "", "1", "empty-file", null)]
    [InlineData("accuracy", "1\n\n1", "1\n1\n1", "malformed-value", "line")]
    [InlineData("f1", "2", "1", "malformed-value", null)]
    [InlineData("rte", "2", "1", "malformed-value", null)]
    [InlineData("pearson", "1\nNaN", "1\n2", "malformed-value", null)]
    public void Input_that_cannot_be_scored_is_refused(string metric, string hypotheses, string references, string code, string? hint)
    {
        var run = Score(metric, hypotheses, references);

        Assert.True(run.ExitCode == 2, run.ToString());
        var error = run.Json.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Contains(hint ?? "", error.GetProperty("hint").GetString());
        Assert.NotEmpty(error.GetProperty("expected").GetString()!);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Assert.Equal("missing-file", CliRun.Of(Line("f1", "--json")).Json.GetProperty("error").GetProperty("code").GetString());

    private CliRun Score(string metric, string hypotheses, string references)
    {
        Write(hypotheses, references);
        return CliRun.Of(Line(metric, "--json"));
    }

    private void Write(string hypotheses, string references)
    {
        File.WriteAllText(folder["hypotheses.txt"], hypotheses);
        File.WriteAllText(folder["references.txt"], references);
    }

    private string[] Line(string metric, string flag) =>
        ["score", "--metric", metric, "--hypotheses", folder["hypotheses.txt"], "--references", folder["references.txt"], flag];
}
