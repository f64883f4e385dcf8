using System.Text.Json.Nodes;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Streaming;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary>The result of a pruning run as fields of a document, and for people.</summary>
internal static class PruneRecord
{
    /// <summary>The fields.</summary>
    /// <param name="result">The run.</param>
    /// <param name="output">Its folder.</param>
    /// <param name="times">Knows how long the phases took.</param>
    public static JsonObject Create(PruneResult result, string output, PruneReporter times) => new()
    {
        ["output"] = output,
        ["sparsity"] = result.Sparsity,
        ["zeros"] = result.Zeros,
        ["prunedElements"] = result.Elements,
        ["leftOut"] = result.LeftOut is { } names ? JsonText.Array(names, name => name) : null,
        ["otherElements"] = result.OtherElements,
        ["quantization"] = result.Options.Quantization is { } quantization
            ? new JsonObject
            {
                ["bits"] = quantization.Bits,
                ["groupSize"] = quantization.GroupSize,
                ["roundedToZero"] = result.Blocks.SelectMany(block => block.Layers).Sum(layer => layer.RoundedToZero),
            }
            : null,
        ["resumedBlocks"] = result.ResumedBlocks,
        ["wasComplete"] = result.WasComplete,
        ["calibrationData"] = result.Calibration is { } calibration ? Create(calibration) : null,
        ["allocationReport"] = result.Allocation?.DeepClone(),
        ["lambdaBlock"] = result.Allocation?["lambdaBlock"]?.DeepClone(),
        ["lambdaRow"] = result.Allocation?["lambdaRow"]?.DeepClone(),
        ["allocationSeconds"] = times.AllocationSeconds,
        ["phaseSeconds"] = times.PhaseSeconds,
        ["plannedBytes"] = result.Memory.PeakBytes,
        ["plannedOperations"] = result.FloatingPointOperations,
        ["blocks"] = JsonText.Array(result.Blocks, Create),
    };

    public static void Render(IAnsiConsole console, PruneResult result, string output) =>
        console.WriteFacts([("output", result.WasComplete ? $"{output} (was complete already)" : output), .. Facts(result)]);

    /// <summary>What was done, in a few words.</summary>
    public static string Method(PruneResult result) =>
        result.Options.Method
        + (result.Options.Refinement is { } refinement ? $", refined by {refinement}" : "")
        + $", spread by {result.Options.Allocation}"
        + (result.Options.Pattern is { } pattern ? $", in the pattern {pattern}" : "");

    /// <summary>What came out, as pairs of name and value.</summary>
    public static IReadOnlyList<(string Name, string? Value)> Facts(PruneResult result)
    {
        var layers = result.Blocks.SelectMany(block => block.Layers).ToList();
        return
        [
            ("sparsity", $"{Units.Percent(result.Sparsity)} of {Units.Count(result.Elements)} weights in {layers.Count} layers{(result.LeftOut is { } names ? $", {names.Count} layers left out" : "")}"),
            ("by layer", $"{Units.Percent(layers.Min(layer => layer.Sparsity))} to {Units.Percent(layers.Max(layer => layer.Sparsity))}"),
            ("quantised", result.Options.Quantization is { } quantization
                ? $"{quantization.Bits} bits, a scale for {(quantization.GroupSize is { } size ? $"{size} inputs" : "each row")}; {Units.Count(layers.Sum(layer => layer.RoundedToZero))} weights rounded to zero"
                : null),
            ("left dense", $"{Units.Count(result.OtherElements)} values in {(result.LeftOut is null ? "" : "layers left out, ")}embeddings, norms, biases and head"),
            ("calibration", result.Calibration is { } data
                ? $"{Extent(data)}, rule {data.Rule}, seed {data.Seed}, sha256 {data.FileSha256[..12]}…" : "none"),
        ];
    }

    private static JsonObject Create(BlockSparsity block) => new()
    {
        ["index"] = block.Index,
        ["name"] = block.Name,
        ["sparsity"] = block.Sparsity,
        ["layers"] = JsonText.Array(block.Layers, layer => new JsonObject
        {
            ["name"] = layer.Name,
            ["sparsity"] = layer.Sparsity,
            ["rows"] = layer.Rows,
            ["columns"] = layer.Columns,
            ["zeros"] = layer.Zeros,
            ["note"] = layer.Note,
        }),
    };

    private static string Extent(CalibrationProvenance data) =>
        data.TargetTokens == 0 && data.Tokens == (long)data.Samples * data.SequenceLength
            ? $"{data.Samples} × {data.SequenceLength} tokens"
            : $"{data.Samples} sequences with {Units.Count(data.Tokens + data.TargetTokens)} tokens, at most {data.SequenceLength} each";

    private static JsonObject Create(CalibrationProvenance data) => new()
    {
        ["file"] = data.File,
        ["fileSha256"] = data.FileSha256,
        ["idsSha256"] = data.IdsSha256,
        ["rule"] = data.Rule,
        ["samples"] = data.Samples,
        ["sequenceLength"] = data.SequenceLength,
        ["tokens"] = data.Tokens,
        ["targetTokens"] = data.TargetTokens,
        ["seed"] = data.Seed,
        ["documents"] = data.Documents,
        ["documentDraws"] = data.DocumentDraws,
    };
}
