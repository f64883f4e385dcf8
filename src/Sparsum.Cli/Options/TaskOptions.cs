using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.TextPairs;

namespace Sparsum.Cli.Options;

/// <summary>The options <c>--task</c> and <c>--data</c> together.</summary>
internal static class TaskOptions
{
    /// <summary>What help texts show as values of <c>--task</c>.</summary>
    public static string HelpName { get; } = string.Join('|', GlueTasks.All.Select(task => task.Name).Concat(TextPairTask.Names)) + "|FILE.json";

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
            ?? throw OptionFactory.Invalid(task.Name, name, string.Join(", ", GlueTasks.All.Select(known => known.Name).Concat(TextPairTask.Names)) + ", or a task description (.json)");
        return (found, context.Get(data) ?? throw Missing(data, $"There are no files of {found.Name}."));
    }

    /// <summary>The error for an option that this run cannot do without.</summary>
    public static InvalidInputException Missing(Option option, string message) => new("missing-option", message)
    {
        File = option.Name,
        Expected = $"{option.Name} {option.HelpName}",
    };
}
