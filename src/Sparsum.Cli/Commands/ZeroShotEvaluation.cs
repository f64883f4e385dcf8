using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.ZeroShot;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary>The part of <c>evaluate</c> that asks a language model questions without examples.</summary>
internal sealed class ZeroShotEvaluation(Option<string?> data, Option<string?> documents, Option<int> batchSize)
{
    private readonly Option<string?> names = OptionFactory.Text(
        "--zero-shot", "NAMES", $"Tasks to ask a language model, separated by commas: {string.Join(", ", ZeroShotTasks.All)}.");

    private readonly Option<string?> details = OptionFactory.Text(
        "--details", "OUT.jsonl", "Write what came of every document of zero-shot tasks, or of every text of summarization and translation, one line each.");

    /// <summary>The option that names the tasks.</summary>
    public Option<string?> Names => names;

    /// <summary>Where to write what came of every document, of tasks of text pairs too.</summary>
    public Option<string?> Details => details;

    public bool IsWanted(RunContext context) => context.IsGiven(names) || context.IsGiven(details);

    /// <summary>Measures a model.</summary>
    /// <param name="context">The run.</param>
    /// <param name="folder">The model.</param>
    /// <param name="storage">How weights are held.</param>
    public VerbResult Execute(RunContext context, string folder, StorageType storage)
    {
        Check(context, folder);
        var (first, last) = DocumentRange.Parse(context.Get(documents));
        string files = context.Get(data)!;
        var sets = ZeroShotTasks.Parse(context.Get(names)!).Select(task => HubInputs.IsFromHub(files)
            ? ZeroShotData.ReadFile(task, context.Hub.ZeroShot(task.Name), first, last)
            : ZeroShotData.Read(task, files, first, last)).ToList();
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
        pretrained.RequireTrained();
        var model = pretrained.LanguageModel;
        context.Progress.Report("loading the model");
        using var backend = context.CreateBackend();
        pretrained.LoadPacked(backend, storage, context.CancellationToken);
        var results = new List<ZeroShotResult>();
        foreach (var set in sets)
        {
            var progress = new DirectProgress<int>(done => context.Progress.Report(set.Task.Name, (double)done / set.Documents.Count));
            results.Add(ZeroShotEvaluator.Measure(
                model, pretrained.Tokenizer, set, backend, context.Get(batchSize), progress, context.CancellationToken));
        }

        if (context.Get(details) is { } target)
        {
            AtomicFile.WriteAllText(target, Lines(results));
        }

        return new VerbResult
        {
            Model = folder,
            Results = Record(results),
            Render = console => Render(console, results),
        };
    }

    private void Check(RunContext context, string folder)
    {
        if (!context.IsGiven(names) || context.Get(data) is null)
        {
            throw TaskOptions.Missing(context.IsGiven(names) ? data : names, "Zero-shot tasks need their names and their files.");
        }

        if (context.Get(details) is { } target)
        {
            OutputFile.Check(target, folder, context.Get(data)!);
        }
    }

    private static string Lines(List<ZeroShotResult> results)
    {
        var text = new StringBuilder();
        foreach (var result in results)
        {
            foreach (var document in result.Documents)
            {
                var line = new JsonObject
                {
                    ["task"] = result.Task.Name,
                    ["document"] = document.Index,
                    ["loglikelihoods"] = JsonText.Array(document.LogLikelihoods, value => JsonValue.Create(value)),
                    ["acc"] = document.IsRight ? 1 : 0,
                };
                if (document.IsRightNormed is { } isRightNormed)
                {
                    line["acc_norm"] = isRightNormed ? 1 : 0;
                }

                text.Append(JsonText.Format(line, indented: false)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static JsonObject Record(List<ZeroShotResult> results)
    {
        var tasks = new JsonObject();
        foreach (var result in results)
        {
            var task = new JsonObject
            {
                ["acc"] = result.Accuracy,
                ["accStderr"] = JsonText.Number(result.AccuracyError),
            };
            if (result.NormedAccuracy is { } normed)
            {
                task["accNorm"] = normed;
                task["accNormStderr"] = JsonText.Number(result.NormedAccuracyError!.Value);
            }

            if (result.Perplexity is { } perplexity)
            {
                task["perplexity"] = JsonText.Number(perplexity);
            }

            task["examples"] = result.Documents.Count;
            task["firstDocument"] = result.Documents[0].Index;
            task["truncated"] = result.Truncated;
            task["version"] = result.Task.Version;
            task["promptSha256"] = result.PromptSha256;
            task["dataSha256"] = result.DataSha256;
            tasks[result.Task.Name] = task;
        }

        return new JsonObject { ["tasks"] = tasks, ["meanAcc"] = results.Average(result => result.Accuracy) };
    }

    private static void Render(IAnsiConsole console, List<ZeroShotResult> results)
    {
        var table = Tables.Create("task", ">documents", ">acc", ">acc_norm");
        foreach (var result in results)
        {
            table.AddPlainRow(
                result.Task.Name,
                Units.Count(result.Documents.Count),
                Percent(result.Accuracy, result.AccuracyError),
                result.NormedAccuracy is { } normed ? Percent(normed, result.NormedAccuracyError!.Value) : "–");
        }

        table.AddPlainRow("mean", "", FormattableString.Invariant($"{100 * results.Average(result => result.Accuracy):F2} %"), "");
        console.Write(table);
        if (results.Sum(result => result.Truncated) is > 0 and var truncated)
        {
            console.WriteFacts(("cut", $"{truncated} documents lost their start, which the model's window does not cover"));
        }
    }

    private static string Percent(double share, double error) => double.IsNaN(error)
        ? FormattableString.Invariant($"{100 * share:F2} %")
        : FormattableString.Invariant($"{100 * share:F2} ± {100 * error:F2} %");
}
