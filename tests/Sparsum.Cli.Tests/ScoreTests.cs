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
    [InlineData("rougue", "1", "1", "unknown-metric", "rouge")]
    [InlineData("rouge", "a\nb\nc", "a\nb", "count-mismatch", "Line 3")]
    [InlineData("chrf", "a", "a\nb", "count-mismatch", "Line 2")]
    [InlineData("bleu", "a\nb\nc", "a\n \nc", "empty-reference", "leave the example out")]
    [InlineData("bleu", "", "", "empty-file", null)]
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

    // ROUGE by hand: all but "on", "the" and "log" of 8 words, 9 wanted; stems join jumps and jumping. BLEU of sacreBLEU 2.6.
    [Theory]
    [InlineData("rouge", "rouge1", "The quick brown dog jumps on the log", "the quick brown fox jumping over the lazy dog", 1200.0 / 17, null)]
    [InlineData("rouge", "rouge1", "The quick brown dog jumps on the log", "the quick brown fox jumping over the lazy dog", 1000.0 / 17, "--no-stemming")]
    [InlineData("BLEU", "bleu", "a b c d", "a b x d", 35.35533905932737, null)]
    [InlineData("bleu", "bleu", "A B C D", "a b x d", 35.35533905932737, "--lowercase")]
    [InlineData("bleu", "bleu", "2010-2011 it's $5.", "2010 - 2011 it's $ 5 .", 100, "--tokenize=13a")]
    [InlineData("bleu", "bleu", "2010-2011 it's $5.", "2010 - 2011 it's $ 5 .", 0, "--tokenize=none")]
    [InlineData("chrf", "chrf", "abc", "ABC", 100, "--lowercase")]
    [InlineData("chrf++", "chrf++", "one two", "one two", 100, null)]
    [InlineData("ter", "ter", "D a b c", "a b c d", 25, null)]
    public void Texts_are_compared(string metric, string name, string hypothesis, string reference, double expected, string? option)
    {
        var run = Score(metric, hypothesis, reference, option);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(expected, run.Json.GetProperty("scores").GetProperty(name).GetDouble(), 1e-9);
        Assert.Equal(1, run.Json.GetProperty("examples").GetInt32());
    }

    [Fact]
    public void A_score_of_texts_says_what_it_depends_on()
    {
        string signature = Score("bleu", "a", "a", "--tokenize=zh").Json.GetProperty("scores").GetProperty("signature").GetString()!;
        Assert.StartsWith("nrefs:1|case:mixed|eff:no|tok:zh|smooth:exp|version:sparsum-", signature, StringComparison.Ordinal);
    }

    [Fact]
    public void References_that_rouge_cannot_see_are_told()
    {
        var run = Score("rouge", "one\n天气", "one\n天气");

        Assert.Equal(50, run.Json.GetProperty("scores").GetProperty("rouge1").GetDouble());
        Assert.Contains("1 of 2 references, line 2 first", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rouge", "--lowercase")]
    [InlineData("rouge", "--tokenize=13a")]
    [InlineData("bleu", "--no-stemming")]
    [InlineData("chrf", "--tokenize=char")]
    [InlineData("ter", "--lowercase")]
    [InlineData("accuracy", "--lowercase")]
    public void Options_without_effect_are_refused(string metric, string option)
    {
        var run = Score(metric, "1", "1", option);

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal("unused-option", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Assert.Equal("missing-file", CliRun.Of(Line("f1", "--json")).Json.GetProperty("error").GetProperty("code").GetString());

    private CliRun Score(string metric, string hypotheses, string references, string? option = null)
    {
        Write(hypotheses, references);
        return CliRun.Of(option is null ? Line(metric, "--json") : [.. Line(metric, "--json"), option]);
    }

    private void Write(string hypotheses, string references)
    {
        File.WriteAllText(folder["hypotheses.txt"], hypotheses);
        File.WriteAllText(folder["references.txt"], references);
    }

    private string[] Line(string metric, string flag) =>
        ["score", "--metric", metric, "--hypotheses", folder["hypotheses.txt"], "--references", folder["references.txt"], flag];
}
