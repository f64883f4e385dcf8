using System.Text.Json;
using System.Xml.Linq;
using Sparsum.Cli.Tests.Support;
using Sparsum.Reporting.Records;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Pages of runs that other verbs have made.</summary>
public sealed class ReportTests : IDisposable
{
    private static readonly XNamespace Xhtml = "http://www.w3.org/1999/xhtml";

    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public ReportTests()
    {
        model = TinyModel.Write(folder["model"]);
        TinyModel.WriteText(folder["text.jsonl"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Records_of_several_kinds_are_one_page_with_their_figures()
    {
        var pruned = Done("prune", model, "-o", folder["pruned"], "--method", "magnitude", "--sparsity", "0.75", "--verdict", "quick", "--json");
        var compacted = Done("compact", folder["pruned"], "-o", folder["small"], "--json");
        var evaluated = Keep("quality.json", "evaluate", folder["small"], "--perplexity", folder["text.jsonl"], "--window", "32");
        var timed = Keep("bench.json", "bench", folder["small"], "--baseline", model, "--length", "8", "--runs", "3", "--threads", "1");
        Keep("inspection.json", "inspect", model);

        var run = Done(
            "report", folder["pruned"], folder["small"], folder["quality.json"], folder["bench.json"], folder["inspection.json"],
            "-o", folder["page.html"], "--title", "All <kinds>", "--json");

        Assert.Equal(5, run.Json.GetProperty("records").GetInt32());
        Assert.Equal(["model", "pruned", "small"], run.Json.GetProperty("models").EnumerateArray().Select(name => name.GetString()));
        var page = XDocument.Parse(File.ReadAllText(folder["page.html"])["<!DOCTYPE html>\n".Length..]);
        Assert.Equal("All <kinds>", page.Descendants(Xhtml + "h1").Single().Value);
        string text = page.Root!.Value;
        Assert.Contains(evaluated.GetProperty("perplexity").GetDouble().ToString("0.0", System.Globalization.CultureInfo.InvariantCulture), text, StringComparison.Ordinal);
        Assert.Contains(pruned.Json.GetProperty("verdict").GetProperty("sentence").GetString()!, text, StringComparison.Ordinal);
        Assert.True(compacted.Json.GetProperty("parameters").GetInt64() > 0);

        // How matrices were held while they were timed: written by one verb, read by the other.
        string[] storages =
        [
            .. timed.GetProperty("items").EnumerateArray().Select(item => string.Join(
                ", ", item.GetProperty("matrixStorages").EnumerateObject().Select(storage => $"{storage.Value} {storage.Name}"))),
        ];
        Assert.Equal(2, storages.Length);
        Assert.All(storages, Assert.NotEmpty);
        Assert.Equal(storages, RunRecord.Load(folder["bench.json"]).Items.Select(item => string.Join(", ", item.Storages.Select(storage => $"{storage.Matrices} {storage.Storage}"))));
        Assert.Equal(storages, page.Descendants(Xhtml + "td").Where(cell => (string?)cell.Attribute("data-label") == "Matrices in memory").Select(cell => cell.Value));
    }

    [Fact]
    public void What_is_there_stays_unless_it_may_be_replaced()
    {
        Done("prune", model, "-o", folder["pruned"], "--method", "magnitude", "--sparsity", "0.5");
        folder.Write("page.html", "mine");

        Assert.Equal(("output-exists", "mine"), (ErrorOf(folder["pruned"], "-o", folder["page.html"]), File.ReadAllText(folder["page.html"])));
        Done("report", folder["pruned"], "-o", folder["page.html"], "--force");
        string page = File.ReadAllText(folder["page.html"]);
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);

        Done("report", folder["pruned"], "-o", folder["page.html"], "--force");
        Assert.Equal(page, File.ReadAllText(folder["page.html"]));
        Assert.Equal("output-is-input", ErrorOf(folder["pruned"], "-o", Path.Combine(folder["pruned"], "page.html"), "--force"));
        Assert.Equal("output-is-input", ErrorOf(folder["page.html"], "-o", folder["page.html"], "--force"));
        Assert.Equal("invalid-output", ErrorOf(folder["pruned"], "-o", folder["nowhere/page.html"]));
        Assert.Equal(page, File.ReadAllText(folder["page.html"]));
    }

    [Fact]
    public void What_is_no_record_leaves_no_page()
    {
        Directory.CreateDirectory(folder["empty"]);
        folder.Write("npm.json", """{ "command": "npm" }""").Write("broken.json", "{ \"command\": \"pru");
        File.WriteAllText(folder["failed.json"], CliRun.Of("inspect", folder["nothing"], "--json").Output);

        Assert.Equal("missing-run-record", ErrorOf(folder["empty"], "-o", folder["page.html"]));
        Assert.Equal("missing-run-record", ErrorOf(folder["nothing"], "-o", folder["page.html"]));
        Assert.Equal("missing-run-record", ErrorOf(model, "-o", folder["page.html"]));
        Assert.Equal("malformed-run-record", ErrorOf(folder["npm.json"], "-o", folder["page.html"]));
        Assert.Equal("malformed-run-record", ErrorOf(folder["broken.json"], "-o", folder["page.html"]));
        Assert.Equal("failed-run-record", ErrorOf(folder["failed.json"], "-o", folder["page.html"]));
        Assert.Equal("invalid-command-line", ErrorOf("-o", folder["page.html"]));
        Assert.Equal("invalid-command-line", ErrorOf(folder["empty"]));
        Assert.False(File.Exists(folder["page.html"]));
    }

    [Fact]
    public void A_sweep_with_a_failed_run_is_shown_and_says_so()
    {
        folder.Write("recipe.json", $$"""
            {
              "name": "two", "variables": { "data": ["text.jsonl", "missing.jsonl"] },
              "steps": [{ "verb": "evaluate", "options": { "model": "{{model}}", "perplexity": "{{folder["${data}"]}}", "window": 32 } }]
            }
            """);
        Assert.Equal(1, CliRun.Of("sweep", folder["recipe.json"], "-o", folder["sweep"]).ExitCode);

        var run = Done("report", folder["sweep"], "-o", folder["page.html"]);

        Assert.Contains("warning: Run 'missing.jsonl-", run.Error, StringComparison.Ordinal);
        Assert.Contains("records  1", run.Output, StringComparison.Ordinal);
        Assert.Contains("failed in &#39;evaluate&#39;", File.ReadAllText(folder["page.html"]), StringComparison.Ordinal);
    }

    private static CliRun Done(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    /// <summary>The document of a run, kept in a file.</summary>
    private JsonElement Keep(string file, params string[] args)
    {
        var run = Done([.. args, "--json"]);
        folder.Write(file, run.Output);
        return run.Json;
    }

    private static string? ErrorOf(params string[] args)
    {
        var run = CliRun.Of(["report", .. args, "--json"]);
        Assert.True(run.ExitCode == 2, run.ToString());
        return run.Json.GetProperty("error").GetProperty("code").GetString();
    }
}
