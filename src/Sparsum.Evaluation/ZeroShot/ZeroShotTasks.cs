using Sparsum.Core;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>The tasks that can be measured.</summary>
public static class ZeroShotTasks
{
    private const string Validation = "validation-*.parquet";
    private const string Test = "test-*.parquet";

    /// <summary>All of them; the first seven are those that the pruning papers average over.</summary>
    public static IReadOnlyList<ZeroShotTask> All { get; } =
    [
        new()
        {
            Name = "rte",
            Version = "0.0",
            Folders = ["rte"],
            Files = ["val.jsonl", "validation.jsonl", Validation],
            Read = ZeroShotPrompts.Rte,
        },
        new()
        {
            Name = "winogrande",
            Version = "1.0",
            Folders = ["winogrande", "winogrande_xl", "winogrande_1.1"],
            Files = ["dev.jsonl", "validation.jsonl", Validation],
            Read = ZeroShotPrompts.WinoGrande,
        },
        new()
        {
            Name = "boolq",
            Version = "2.0",
            Folders = ["boolq"],
            Files = ["dev.jsonl", "val.jsonl", "validation.jsonl", Validation],
            Read = ZeroShotPrompts.BoolQ,
        },
        new()
        {
            Name = "hellaswag",
            Version = "1.0",
            Folders = ["hellaswag"],
            Files = ["hellaswag_val*.jsonl", "validation.jsonl", Validation],
            Read = ZeroShotPrompts.HellaSwag,
        },
        new()
        {
            Name = "arc_easy",
            Aliases = ["arc_e"],
            Version = "1.0",
            Folders = ["arc", "arc-easy", "arc_easy", "ai2_arc/arc-easy", "arc-v1-feb2018-2/arc-easy"],
            Files = ["arc-easy-test.jsonl", "arc-easy/" + Test, Test],
            Read = ZeroShotPrompts.Arc,
        },
        new()
        {
            Name = "arc_challenge",
            Aliases = ["arc_c"],
            Version = "1.0",
            Folders = ["arc", "arc-challenge", "arc_challenge", "ai2_arc/arc-challenge", "arc-v1-feb2018-2/arc-challenge"],
            Files = ["arc-challenge-test.jsonl", "arc-challenge/" + Test, Test],
            Read = ZeroShotPrompts.Arc,
        },
        new()
        {
            Name = "openbookqa",
            Aliases = ["obqa"],
            Version = "1.0",
            Folders = ["openbookqa", "openbookqa/main", "openbookqa-v1-sep2018/data/main"],
            Files = ["test.jsonl", Test],
            Read = ZeroShotPrompts.OpenBookQa,
        },
        new()
        {
            Name = "piqa",
            Version = "1.0",
            Folders = ["piqa", "physicaliqa-train-dev"],
            Files = ["valid.jsonl", "dev.jsonl", "validation.jsonl", Validation],
            Read = ZeroShotPrompts.Piqa,
        },
        new()
        {
            Name = "lambada_openai",
            Aliases = ["lambada"],
            Version = "1.0",
            Folders = ["lambada", "lambada_openai"],
            Files = ["test.jsonl", "lambada_test*.jsonl", Test],
            Read = ZeroShotPrompts.Lambada,
            IsGreedy = true,
        },
    ];

    /// <summary>Finds a task by its name or alias; hyphens and underscores are one.</summary>
    public static ZeroShotTask? Find(string name)
    {
        name = name.Trim().ToLowerInvariant().Replace('-', '_');
        return All.FirstOrDefault(task => task.Name == name || task.Aliases.Contains(name));
    }

    /// <summary>Finds tasks by a list of names.</summary>
    /// <exception cref="InvalidInputException">A name is unknown or comes twice, or there is none.</exception>
    public static IReadOnlyList<ZeroShotTask> Parse(string names)
    {
        var tasks = new List<ZeroShotTask>();
        foreach (string name in names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var task = Find(name) ?? throw Unknown(name, $"There is no zero-shot task '{name}'.");
            if (tasks.Contains(task))
            {
                throw Unknown(name, $"The task {task.Name} is named twice.");
            }

            tasks.Add(task);
        }

        return tasks.Count > 0 ? tasks : throw Unknown(names, "No zero-shot task is named.");
    }

    private static InvalidInputException Unknown(string found, string message) => new("unknown-task", message)
    {
        Option = "zero-shot",
        Found = found,
        Expected = $"some of {string.Join(", ", All)}, each once and separated by commas",
    };
}
