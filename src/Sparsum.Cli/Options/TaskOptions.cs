using System.CommandLine;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.TextPairs;

namespace Sparsum.Cli.Options;

/// <summary>The options <c>--task</c> and <c>--data</c> together.</summary>
internal static class TaskOptions
{
    /// <summary>What help texts show as values of <c>--task</c>.</summary>
    public static string HelpName { get; } = string.Join('|', Names) + "|FILE.json";

    private static IEnumerable<string> Names => GlueTasks.All.Select(task => task.Name).Concat(TextPairTask.Names);

    /// <summary>The task and the folder of its files; null where no task is named.</summary>
    /// <exception cref="InvalidInputException">There is no such task, or no folder.</exception>
    public static (GlueTask Task, string Folder)? Read(RunContext context, Option<string?> task, Option<string?> data)
    {
        if (context.Get(task) is not { } name)
        {
            return null;
        }

        if (Path.GetExtension(name) == ".json")
        {
            return (TaskFile.Read(name), context.Get(data) ?? Path.GetDirectoryName(Path.GetFullPath(name))!);
        }

        var found = GlueTasks.Find(name)
            ?? throw OptionFactory.Invalid(task.Name, name, string.Join(", ", Names) + ", or a task description (.json)",
                Suggestion.Nearest(name, Names) is { } nearest ? $"Did you mean '{nearest}'?" : null);
        string files = context.Get(data) ?? throw Missing(data, $"There are no files of {found.Name}.");
        return (found, HubInputs.IsFromHub(files) ? context.Hub.Task(found.Name) : files);
    }

    /// <summary>The error for an option that this run cannot do without.</summary>
    public static InvalidInputException Missing(Option option, string message) => new("missing-option", message)
    {
        File = option.Name,
        Expected = $"{option.Name} {option.HelpName}",
    };
}
