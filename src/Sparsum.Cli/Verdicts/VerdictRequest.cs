using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Verdicts;

/// <summary>What a verdict is to be given on.</summary>
internal sealed record VerdictRequest
{
    private const string Quick = "quick";

    /// <summary>The folder of the finished output, as the command line names it.</summary>
    public required string Output { get; init; }

    /// <summary>Where the model before lies; null compares with the output's own model as it was before anything was removed.</summary>
    public string? Before { get; init; }

    /// <summary>What the model before is called.</summary>
    public required string BeforeName { get; init; }

    /// <summary>Token ids that a causal language model is judged by, and what they are; none where there are none.</summary>
    public IReadOnlyList<int[]> HeldOut { get; init; } = [];

    /// <summary>Where <see cref="HeldOut"/> comes from, or why there is none.</summary>
    public required string HeldOutSource { get; init; }

    /// <summary>SHA-256 of the file of <see cref="HeldOut"/>.</summary>
    public string HeldOutSha256 { get; init; } = "";

    /// <summary>The quality where the run itself has measured it.</summary>
    public JsonObject? Score { get; init; }

    /// <summary>Whether the run compacts, so that no further compaction is in sight.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>Whether anything was made sparse.</summary>
    public bool IsSparse { get; init; } = true;

    /// <summary>The option <c>--verdict</c>.</summary>
    public static Option<string> CreateOption() => OptionFactory.Choice(
        "--verdict",
        $"Say in the end whether it pays: size, memory, time and quality, measured in {VerdictMeasurement.MostSeconds} seconds at most, once the output is complete; or none.",
        Quick,
        Quick,
        "none");

    /// <summary>Whether one is wanted.</summary>
    public static bool IsWanted(RunContext context, Option<string> option) => context.Get(option) == Quick;
}
