using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Reporting;
using Sparsum.Reporting.Records;

namespace Sparsum.Cli.Commands;

/// <summary><c>report RUNS... -o OUT.html</c>: what runs did to models, on one page.</summary>
internal sealed class ReportVerb : Verb
{
    private readonly Argument<string[]> runs = new("RUNS")
    {
        Description = "Folders that runs wrote, files with the document of a run (what --json prints), folders of sweeps and demos.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> output = OptionFactory.Output("OUT.html", "The page: one file that needs no other.");

    private readonly Option<string?> title = OptionFactory.Text("--title", "TEXT", "Its heading.", new ReportOptions().Title);

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace OUT.html.");

    public ReportVerb()
        : base("report", "Show what runs did to models on one page: quality, size, latency and memory side by side.")
    {
        Add(runs);
        Add(output);
        Add(title);
        Add(force);
    }

    public override VerbResult Execute(RunContext context)
    {
        string target = context.Get(output)!;
        string[] paths = context.Get(runs);
        OutputFile.Check(target, paths);
        if (File.Exists(target) && !context.Get(force))
        {
            throw new InvalidInputException("output-exists", $"The file '{target}' is there already.")
            {
                File = target,
                Found = "a file",
                Expected = "a path without one",
                Hint = $"Choose another {output.Name}, or add {force.Name} to replace it.",
            };
        }

        var set = RunSet.Load(paths, Environment.CurrentDirectory);
        var summary = HtmlReport.Summarize(set.Records);
        foreach (string remark in set.Remarks.Concat(summary.Remarks))
        {
            context.Warn(remark);
        }

        HtmlReport.Write(target, set.Records, new ReportOptions { Title = context.Get(title)!, Notes = set.Remarks });
        return new VerbResult
        {
            Results = new JsonObject
            {
                ["output"] = target,
                ["runs"] = JsonText.Array(paths, path => path),
                ["records"] = set.Records.Count,
                ["models"] = JsonText.Array(summary.Models, model => model),
            },
            Render = console => console.WriteFacts(
                ("output", target),
                ("records", Units.Count(set.Records.Count)),
                ("models", string.Join(", ", summary.Models))),
        };
    }
}
