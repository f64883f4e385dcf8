using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Cli.Sweeps;
using Sparsum.Cli.Sweeps.Slurm;
using Sparsum.Core;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary><c>sweep RECIPE.json</c>: many runs of the other verbs, and tables of what came out.</summary>
internal sealed class SweepVerb : Verb
{
    public const string VerbName = "sweep";

    private const string LocalName = "local";
    private const string SlurmName = "slurm";

    private readonly Argument<string> recipe = new("RECIPE")
    {
        Description = "A JSON file: variables with their values, command lines with variables in them, tables.",
    };

    private readonly Option<string?> output = OptionFactory.Output("OUT", "The folder of the results; by default the recipe's name.");

    private readonly Option<string[]> variables = VariableOption.Create();

    private readonly Option<string> engine = OptionFactory.Choice(
        "--engine", "Where runs are run: within this process, or as a job array of Slurm.", LocalName, LocalName, SlurmName);

    private readonly Option<int> parallel = OptionFactory.Integer(
        "--parallel", "N", "Runs at a time; within this process they share the threads. Slurm sets no limit unless this is given.", 1, 1, 1024);

    private readonly Option<string[]> slurm = SlurmOption.Create();

    private readonly Option<string?> records = OptionFactory.Text(
        "--records", "FILE", "Results of an earlier sweep (its results.jsonl): what they finished is not run again.");

    private readonly Option<bool> tablesOnly = OptionFactory.Flag("--tables-only", "Write the tables of what is finished, run nothing.");

    private readonly Option<bool> dryRun = OptionFactory.Flag("--dry-run", "Check the recipe, list its runs, run nothing.");

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Forget earlier results in OUT.");

    public SweepVerb()
        : base(VerbName, "Run a recipe: a grid or list of runs, resumable, and tables of their results.")
    {
        output.Required = false;
        Add(recipe);
        Add(output);
        Add(variables);
        Add(engine);
        Add(parallel);
        Add(slurm);
        Add(records);
        Add(tablesOnly);
        Add(dryRun);
        Add(force);
    }

    public override VerbResult Execute(RunContext context)
    {
        context.RefuseBoth("Nothing is run, and nothing written.", tablesOnly, dryRun);
        context.RefuseBoth("Nothing is run, one at a time or several.", tablesOnly, parallel);
        context.RefuseBoth("Nothing is run, here or elsewhere.", tablesOnly, engine);
        bool isSlurm = context.Get(engine) == SlurmName;
        if (!isSlurm)
        {
            context.RefuseIdle("without --engine slurm", "add --engine slurm", slurm);
        }

        context.RefuseBoth("Without earlier results there are no tables.", tablesOnly, force);
        var read = Recipe.Read(context.Get(recipe), VariableOption.Parse(context.Get(variables)));
        var plan = SweepPlan.Create(read, context.Seed);
        string target = context.Get(output) ?? read.Name;
        var kept = context.Get(records) is { } file ? KeptRecords.Read(file) : new Dictionary<string, JsonObject>();
        if (context.Get(dryRun))
        {
            return List(plan, target, context.Get(force), kept);
        }

        var options = SlurmOption.Parse(context.Get(slurm));
        if (isSlurm)
        {
            SlurmCommands.Require();
        }

        context.ResumeHint = "Run the same command again: finished runs are skipped.";
        using var folder = SweepFolder.Open(target, read, context.Get(force), sharesJobs: isSlurm || context.Get(tablesOnly));
        foreach (var run in plan.Runs.Where(run => kept.ContainsKey(run.Key)))
        {
            var store = new RunStore(folder.Runs, run);
            if (store.Read().State == RunState.Pending)
            {
                store.Adopt(kept[run.Key]);
            }
        }

        var book = new SweepBook(context, folder, plan);
        string tables = "";
        try
        {
            if (context.Get(tablesOnly))
            {
                folder.WriteResults(book.Runs);
            }
            else
            {
                book.Run(isSlurm
                    ? new SlurmEngine(context, folder, read.Name, context.IsGiven(parallel) ? context.Get(parallel) : null, options)
                    : new LocalEngine(context, folder, context.Get(parallel)));
            }
        }
        finally
        {
            tables = ResultTables.Create(read, book.Runs);
            AtomicFile.WriteAllText(folder.Tables, tables);
            var sheet = new ResultSheet(read, book.Runs);
            AtomicFile.WriteAllText(folder.Sheet, sheet.ToCsv());
            AtomicFile.WriteAllText(folder.MarkdownSheet, sheet.ToMarkdown());
        }

        foreach (string absent in read.Tables.SelectMany(table => table.Absent(book.Runs)))
        {
            context.Warn(absent);
        }

        var result = Finish(read, folder, book.Runs, tables);
        if (isSlurm && !context.IsGiven(parallel))
        {
            result.EffectiveOptions["parallel"] = null;
        }

        context.Keep(result, folder.Root);
        folder.Publish();
        return result;
    }

    private static VerbResult List(SweepPlan plan, string target, bool forgets, IReadOnlyDictionary<string, JsonObject> kept)
    {
        var runs = plan.Runs
            .Select(run => forgets ? new SweptRun(run) : new RunStore(Path.Combine(target, SweepFolder.RunsName), run).Read())
            .Select(run => run.State == RunState.Pending && kept.ContainsKey(run.Plan.Key) ? run with { State = RunState.Done } : run)
            .ToList();
        return new VerbResult
        {
            IsOutputTheResult = true,
            EffectiveOptions = new JsonObject { ["output"] = target },
            Results = new JsonObject
            {
                ["name"] = plan.Recipe.Name,
                ["runs"] = JsonText.Array(runs, run => new JsonObject
                {
                    ["id"] = run.Plan.Id,
                    ["variables"] = run.Plan.Variables.DeepClone(),
                    ["state"] = run.StateName,
                    ["commandLines"] = JsonText.Array(run.Plan.Steps, step => CommandText.Of(["sparsum", step.Verb, .. step.Arguments])),
                }),
            },
            Render = console =>
            {
                foreach (var run in runs)
                {
                    console.WriteRaw($"{run.Plan.Id} ({run.StateName})");
                    foreach (var step in run.Plan.Steps)
                    {
                        console.WriteRaw($"  sparsum {CommandText.Of([step.Verb, .. step.Arguments])}");
                    }
                }
            },
        };
    }

    private static VerbResult Finish(Recipe recipe, SweepFolder folder, IReadOnlyList<SweptRun> runs, string tables)
    {
        var failed = runs.Where(run => run.State == RunState.Failed).ToList();
        int skipped = runs.Count(run => run.WasDone);
        int done = runs.Count(run => run.State == RunState.Done) - skipped;
        int open = runs.Count - failed.Count - skipped - done;
        return new VerbResult
        {
            ExitCode = failed.Count == 0 ? ExitCode.Done : ExitCode.RunFailed,
            EffectiveOptions = new JsonObject { ["output"] = folder.Root },
            Results = new JsonObject
            {
                ["name"] = recipe.Name,
                ["results"] = folder.Results,
                ["tables"] = folder.Tables,
                ["sheet"] = folder.Sheet,
                ["done"] = done,
                ["skipped"] = skipped,
                ["failed"] = failed.Count,
                ["runs"] = JsonText.Array(runs, run => run.ToJson(withDocuments: false)),
            },
            Render = console =>
            {
                console.WriteRaw(tables);
                console.WriteFacts(
                    ("results", folder.Results),
                    ("tables", folder.Tables),
                    ("runs", $"{done} done, {skipped} were done already, {failed.Count} failed" + (open == 0 ? "" : $", {open} open")));
                foreach (var run in failed)
                {
                    console.WriteRaw($"failed: {run.Plan.Id} in '{run.Step}': {run.Error?["message"]}");
                }
            },
        };
    }
}
