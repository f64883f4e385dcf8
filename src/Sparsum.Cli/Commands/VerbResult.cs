using System.Text.Json.Nodes;
using Sparsum.Cli.Cards;
using Sparsum.Cli.Verdicts;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary>What a verb found out, for the JSON document and for people.</summary>
internal sealed record VerbResult
{
    /// <summary>That of a process which is not the first of a run: the first tells.</summary>
    public static VerbResult OfAnother { get; } = new() { Results = [], Render = _ => { } };

    /// <summary>The model as the command line named it.</summary>
    public string? Model { get; init; }

    /// <summary>The fields that this verb adds to the document.</summary>
    public required JsonObject Results { get; init; }

    /// <summary>A last field of the document: a list whose entries are made as they are written, so that a long one is never in memory.</summary>
    public (string Name, IEnumerable<JsonNode> Entries)? Items { get; init; }

    /// <summary>Options whose value was chosen during the run, under their names in the document.</summary>
    public JsonObject EffectiveOptions { get; init; } = [];

    /// <summary>Shows the result.</summary>
    public required Action<IAnsiConsole> Render { get; init; }

    /// <summary>Whether what is rendered is what the user came for, so that <c>--quiet</c> keeps it.</summary>
    public bool IsOutputTheResult { get; init; }

    /// <summary>The folder that keeps the records of the run, if there is one.</summary>
    public string? RunFolder { get; init; }

    /// <summary>The model card that goes into the output; null where it is no model.</summary>
    public ModelCard? Card { get; init; }

    /// <summary>What is still to be measured of an output that is complete; null for nothing.</summary>
    public VerdictRequest? Verdict { get; init; }

    public int ExitCode { get; init; } = Running.ExitCode.Done;
}
