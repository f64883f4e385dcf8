using Sparsum.Reporting.Records;
using Xunit;

namespace Sparsum.Reporting.Tests;

/// <summary>The figures of sparse training, from records.</summary>
public sealed class TopologyTests
{
    [Fact]
    public void Figures_of_connections_heads_quality_and_time_are_drawn()
    {
        string page = HtmlReport.Render([Run("a", "neuroprune", 0.7, 0.88, 2), Run("b", "neuroprune", 0.9, 0.875, 1), Run("c", "l1", 0.7, 0.8, 3)]);

        Assert.Contains("Degree distribution", page, StringComparison.Ordinal);
        Assert.Contains("Heads by module", page, StringComparison.Ordinal);
        Assert.Contains("sst2: quality by sparsity", page, StringComparison.Ordinal);
        Assert.Contains("sst2: quality by heads", page, StringComparison.Ordinal);
        Assert.Contains("sst2: training time by sparsity", page, StringComparison.Ordinal);
        Assert.Contains("12.50", page, StringComparison.Ordinal);

        // Within a point of the best are a and b, and b beats a: one point is no frontier.
        Assert.DoesNotContain("efficient frontier", page, StringComparison.Ordinal);
        Assert.Equal(page, HtmlReport.Render([Run("a", "neuroprune", 0.7, 0.88, 2), Run("b", "neuroprune", 0.9, 0.875, 1), Run("c", "l1", 0.7, 0.8, 3)]));
    }

    [Fact]
    public void Removal_fractions_count_runs_that_removed_enough()
    {
        string page = HtmlReport.Render([Run("a", "neuroprune", 0.7, 0.88, 2, removed: 10), Run("b", "neuroprune", 0.9, 0.8, 2, removed: 11), Run("c", "neuroprune", 0.9, 0.8, 2, removed: 9)]);

        Assert.Contains("Share of 2 runs of encoder that removed each head", page, StringComparison.Ordinal);
        Assert.Contains("50.0", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Zeros_are_drawn_by_module_and_head()
    {
        string page = HtmlReport.Render([Run("a", "neuroprune", 0.7, 0.88, 2)]);

        Assert.Contains("Zeros by head of a (neuroprune, 70.0\u00A0% sparse)", page, StringComparison.Ordinal);
        Assert.Contains("block 00 self, head 1: 100.0\u00A0%", page, StringComparison.Ordinal);
        Assert.Contains("block 01 self, head 2: 12.5\u00A0%", page, StringComparison.Ordinal);
    }

    /// <summary>Of many runs those nearest to 25, 50 and 90 %, where they are near enough.</summary>
    [Fact]
    public void Of_many_runs_the_sparsities_of_the_paper_are_drawn()
    {
        string page = HtmlReport.Render([.. Enumerable.Range(0, 13).Select(i => Run($"run{i}", "l1", 0.4 + (i * 0.02), 0.8, 2)), Run("low", "l1", 0.3, 0.8, 2)]);

        Assert.Contains("Zeros by head of low ", page, StringComparison.Ordinal);
        Assert.Contains("Zeros by head of run5 ", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("<figcaption>Zeros by head of").Length - 1);
    }

    /// <summary>Scores of texts are in percent already.</summary>
    [Fact]
    public void A_score_is_drawn_by_the_scale_of_its_metric()
    {
        string page = HtmlReport.Render([Translation("a", 24, 36.5), Translation("b", 12, 30.25)]);

        Assert.Contains("translation: quality by heads", page, StringComparison.Ordinal);
        Assert.Contains(": 24, 36.50", page, StringComparison.Ordinal);
        Assert.DoesNotContain("score in %", page, StringComparison.Ordinal);
        Assert.DoesNotContain("3650", page, StringComparison.Ordinal);

        static RunRecord Translation(string name, int heads, double bleu) => RunRecord.Parse(FormattableString.Invariant($$"""
            {
              "command": "train", "model": "models/pair", "output": "runs/{{name}}", "task": "translation", "method": "dsp", "metrics": { "bleu": {{bleu}} },
              "score": {{bleu}}, "sparsity": 0.2, "headsLeft": {{heads}}, "insights": { "connectivity": { "histogram": [1, 1] }, "removedHeads": [] }
            }
            """));
    }

    /// <summary>A run's inference time is that of its compacted model where that was measured, else its own.</summary>
    [Fact]
    public void Inference_time_is_drawn_by_sparsity_and_heads()
    {
        string page = HtmlReport.Render([Run("a", "neuroprune", 0.7, 0.88, 2), Run("b", "l1", 0.9, 0.875, 1), Compact("a"), Bench("runs/a", 9.5), Bench("runs/a-small", 4.25), Bench("runs/b", 7.75)]);

        Assert.Contains("sst2: inference time by sparsity, 1 × 32 tokens, 2 threads", page, StringComparison.Ordinal);
        Assert.Contains("sst2: inference time by heads, 1 × 32 tokens, 2 threads", page, StringComparison.Ordinal);
        Assert.Contains("a: 70, 4.250", page, StringComparison.Ordinal);
        Assert.Contains("b: 1, 7.750", page, StringComparison.Ordinal);
        Assert.DoesNotContain(": 70, 9.500", page, StringComparison.Ordinal);

        static RunRecord Compact(string name) => RunRecord.Parse($$"""{ "command": "compact", "model": "runs/{{name}}", "output": "runs/{{name}}-small" }""");

        static RunRecord Bench(string model, double milliseconds) => RunRecord.Parse(FormattableString.Invariant($$"""
            {
              "command": "bench", "model": "{{model}}", "options": { "batch": 1, "length": 32 }, "threadsUsed": 2,
              "items": [{ "model": "{{model}}", "kind": "prefill", "medianMilliseconds": {{milliseconds}}, "tokensPerSecond": 3 }]
            }
            """));
    }

    [Fact]
    public void A_record_is_read_leniently()
    {
        var record = RunRecord.Parse("""
            {
              "command": "train",
              "insights": {
                "connectivity": { "histogram": [1, "x", 3], "standardDeviation": null }, "removedHeads": [ { "head": 2 } ],
                "headZeros": [ { "block": 1, "shares": [0.5, null] }, { "shares": "x" }, 3 ]
              }
            }
            """);

        Assert.Equal([("block 01", 2), ("", 0), ("", 0)], record.Topology!.HeadZeros.Select(module => (module.Module, module.Shares.Count)));
        Assert.Equal([0.5, double.NaN], record.Topology.HeadZeros[0].Shares);
        Assert.Equal([1, 3], record.Topology!.Degrees);
        Assert.Null(record.Topology.DegreeDeviation);
        Assert.Equal([("", 2L)], record.Topology.Removed);
        Assert.Null(RunRecord.Parse("""{ "command": "train" }""").Topology);
    }

    private static RunRecord Run(string name, string method, double sparsity, double score, int heads, int removed = 1) => RunRecord.Parse(FormattableString.Invariant($$"""
        {
          "command": "train", "model": "models/encoder", "output": "runs/{{name}}", "options": { "method": "{{method}}" }, "task": "sst2", "method": "{{method}}",
          "metrics": { "accuracy": {{score}} }, "score": {{score}}, "sparsity": {{sparsity}}, "headsLeft": {{heads}}, "heads": [{{heads}}, 1], "trainSeconds": 12.5,
          "insights": {
            "connectivity": { "mean": 30, "standardDeviation": 12.5, "rows": 4, "histogram": [1, 0, 2, 1] },
            "removedHeads": [{{string.Join(", ", Enumerable.Range(0, removed).Select(head => $"{{ \"block\": 0, \"kind\": \"self\", \"head\": {head} }}"))}}],
            "headZeros": [ { "block": 0, "kind": "self", "shares": [0.25, 1, 0.75] }, { "block": 1, "kind": "self", "shares": [0.5, 0.25, 0.125] } ],
            "relativeImportanceOfRemoved": 0.5
          }
        }
        """));
}
