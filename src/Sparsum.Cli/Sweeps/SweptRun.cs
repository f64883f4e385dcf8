using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>What became of a run.</summary>
internal sealed record SweptRun(PlannedRun Plan)
{
    public RunState State { get; init; } = RunState.Pending;

    /// <summary>The step at work, or the one that failed.</summary>
    public string? Step { get; init; }

    /// <summary>The documents of the finished steps by name.</summary>
    public JsonObject Documents { get; init; } = [];

    /// <summary>The <c>error</c> of the document of the step that failed.</summary>
    public JsonObject? Error { get; init; }

    public double Seconds { get; init; }

    /// <summary>Whether an earlier sweep had finished it.</summary>
    public bool WasDone { get; init; }

    public string StateName => State.ToString().ToLowerInvariant();

    /// <summary>The record of the run, with or without the documents of its steps.</summary>
    public JsonObject ToJson(bool withDocuments = true)
    {
        var record = new JsonObject
        {
            ["id"] = Plan.Id,
            ["key"] = Plan.Key,
            ["variables"] = Plan.Variables.DeepClone(),
            ["state"] = StateName,
            ["step"] = Step,
            ["seconds"] = Math.Round(Seconds, 3),
            ["error"] = Error?.DeepClone(),
        };
        if (withDocuments)
        {
            record["steps"] = Documents.DeepClone();
        }

        return record;
    }
}
