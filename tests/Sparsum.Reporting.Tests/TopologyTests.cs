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
    public void A_record_is_read_leniently()
    {
        var record = RunRecord.Parse("""{ "command": "train", "insights": { "connectivity": { "histogram": [1, "x", 3], "standardDeviation": null }, "removedHeads": [ { "head": 2 } ] } }""");

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
            "relativeImportanceOfRemoved": 0.5
          }
        }
        """));
}
