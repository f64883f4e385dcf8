using Sparsum.Core;
using Sparsum.Reporting.Records;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Reporting.Tests;

/// <summary>What paths stand for, and which records are of one model.</summary>
public sealed class JoiningTests : IDisposable
{
    private const string Head = "\"version\": \"1\", \"started\": \"2026-01-01T00:00:00.000Z\", \"options\": {}";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Records_of_one_model_are_one_row()
    {
        Directory.CreateDirectory(folder["out"]);
        folder.Write("out/run.json", $$"""{ "command": "prune", "model": "m", "output": "out", "sparsity": 0.5, {{Head}} }""")
            .Write("same.json", $$"""{"command":"prune","model":"m","output":"out","sparsity":0.5,{{Head}}}""")
            .Write("e.json", $$"""{ "command": "evaluate", "model": "./out/", "perplexity": 3, {{Head}} }""")
            .Write("sweep.jsonl", $$"""{ "id": "a", "state": "done", "steps": { "e": { "command": "evaluate", "model": "{{folder["out"]}}", "perplexity": 4, {{Head}} } } }""");

        var set = RunSet.Load([folder["out"], folder["same.json"], folder["e.json"], folder["sweep.jsonl"]], folder.Root);

        Assert.Equal(3, set.Records.Count);
        var summary = HtmlReport.Summarize(set.Records);
        Assert.Equal(["out"], summary.Models);
        Assert.Empty(summary.Remarks);
    }

    [Theory]
    [InlineData("""{ "command": "npm" }""", "malformed-run-record")]
    [InlineData("""{ "command": "prune", "error": { "code": "x" } }""", "failed-run-record")]
    public void What_is_no_record_is_refused_by_name(string text, string code)
    {
        folder.Write("a.json", text);
        var error = Assert.Throws<InvalidInputException>(() => RunSet.Load([folder["a.json"]], folder.Root));
        Assert.Equal((code, folder["a.json"]), (error.Code, error.File));
        Assert.Equal("missing-run-record", Assert.Throws<InvalidInputException>(() => RunSet.Load([folder.Root], folder.Root)).Code);
    }
}
