using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Training;

/// <summary>The result of going on with a run that is finished: what its record says, and that nothing was left to do.</summary>
internal static class FinishedRun
{
    // What belongs to the run that is going on now.
    private static readonly HashSet<string> Header =
        new(StringComparer.Ordinal) { "version", "command", "model", "options", "seed", "started", "seconds", "peakBytes" };

    // How a run is started, not what it does.
    private static readonly HashSet<string> Starting = new(StringComparer.Ordinal) { "output", "resume", "force", "threads", "checkpointSteps", "verdict", "engine" };

    /// <summary>Reads the record.</summary>
    /// <param name="context">The run.</param>
    /// <param name="model">The model as the command line names it.</param>
    /// <param name="target">The output.</param>
    /// <exception cref="InvalidInputException">The finished run had other options: <c>other-run</c>.</exception>
    public static VerbResult Read(RunContext context, string model, string target)
    {
        string file = Path.Combine(target, RunFolder.DocumentName);
        var earlier = (File.Exists(file) ? StrictJson.ReadNode(file) as JsonObject : null) ?? [];
        RequireSame(earlier, OptionRecord.Of(context.Parse), file);
        var record = new JsonObject { ["finished"] = true };
        foreach (var (name, value) in earlier)
        {
            if (!Header.Contains(name))
            {
                record[name] = value?.DeepClone();
            }
        }

        record["output"] = target;
        return new VerbResult
        {
            Model = model,
            Results = record,
            Render = console => console.WriteFacts(("output", target), ("state", "finished before; nothing was left to do")),
        };
    }

    /// <summary>
    /// Refuses to take a run of other options for this one. What is left to defaults, or to the model by <c>auto</c>, is not compared: the
    /// record has what was chosen.
    /// </summary>
    private static void RequireSame(JsonObject earlier, JsonObject options, string file)
    {
        foreach (var (name, value) in options)
        {
            var before = name == "seed" ? earlier["seed"] : earlier["options"]?[name];
            if (value is not null && before is not null && !IsAuto(value) && !Starting.Contains(name) && !JsonNode.DeepEquals(value, before))
            {
                throw new InvalidInputException("other-run", "The finished output is that of a run with other options.")
                {
                    File = file,
                    Found = $"{name}: {before.ToJsonString()}",
                    Expected = $"{name}: {value.ToJsonString()}",
                    Hint = "Choose another -o, or start again with --force.",
                };
            }
        }
    }

    private static bool IsAuto(JsonNode value) => value is JsonValue text && text.TryGetValue(out string? word) && word == "auto";
}
