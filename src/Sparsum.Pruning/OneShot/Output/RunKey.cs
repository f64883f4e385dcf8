using System.Text.Json;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>Everything that the bytes of a run's output depend on, as names and values that can be compared and shown.</summary>
internal static class RunKey
{
    /// <summary>The key of a run.</summary>
    public static SortedDictionary<string, string> Of(PruneDescription options, CalibrationProvenance? calibration, string modelFingerprint)
    {
        var key = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["model"] = modelFingerprint,
            ["method"] = options.Method,
            ["refinement"] = options.Refinement ?? "none",
            ["allocation"] = options.Allocation,
            ["sparsity"] = FormattableString.Invariant($"{options.Pattern?.Sparsity ?? options.Sparsity ?? 0:R}"),
            ["pattern"] = options.Pattern?.ToString() ?? "none",
            ["granularity"] = options.Granularity.ToString().ToLowerInvariant(),
            ["block-rows"] = FormattableString.Invariant($"{options.BlockRows}"),
            ["shard-size"] = FormattableString.Invariant($"{options.ShardBytes}"),
        };
        if (options.Layers is { } layers)
        {
            key["include"] = layers.Include.Count == 0 ? "all" : string.Join(' ', layers.Include);
            key["exclude"] = layers.Exclude.Count == 0 ? "none" : string.Join(' ', layers.Exclude);
        }

        if (options.Precision != Float32Precision.Highest)
        {
            key["float32-precision"] = options.Precision.ToString().ToLowerInvariant();
        }

        if (options.Rounding != SparsityRounding.Published)
        {
            key["rounding"] = options.Rounding.ToString().ToLowerInvariant();
        }

        if (options.UnseenExperts != UnseenExperts.Dense)
        {
            key["unseen-experts"] = options.UnseenExperts.ToString().ToLowerInvariant();
        }

        if (options.Quantization is { } quantization)
        {
            key["quantize"] = FormattableString.Invariant($"int{quantization.Bits}");
            key["group-size"] = quantization.GroupSize is { } size ? FormattableString.Invariant($"{size}") : "row";
        }

        foreach (var (name, value) in options.Settings)
        {
            key[name] = value;
        }

        if (calibration is not null)
        {
            key["calibration ids"] = calibration.IdsSha256;
            key["calibration-rule"] = calibration.Rule;
            key["samples"] = FormattableString.Invariant($"{calibration.Samples}");
            key["sequence-length"] = FormattableString.Invariant($"{calibration.SequenceLength}");
            key["seed"] = FormattableString.Invariant($"{calibration.Seed}");
        }

        return key;
    }

    /// <summary>Refuses to go on with a run whose key is another.</summary>
    /// <exception cref="InvalidInputException">They differ; the message names each difference with both values.</exception>
    public static void RequireSame(
        IReadOnlyDictionary<string, string> earlier, IReadOnlyDictionary<string, string> now, string folder)
    {
        const string Absent = "none";
        var differences = earlier.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Old: earlier.GetValueOrDefault(name, Absent), New: now.GetValueOrDefault(name, Absent)))
            .Where(entry => entry.Old != entry.New)
            .ToList();
        if (differences.Count > 0)
        {
            throw new InvalidInputException(
                "resume-mismatch",
                "The earlier run was another one: " + string.Join("; ", differences.Select(d => $"{d.Name} was {d.Old}, is {d.New}")) + ".")
            {
                File = folder,
                Found = string.Join(", ", differences.Select(d => $"{d.Name} {d.New}")),
                Expected = string.Join(", ", differences.Select(d => $"{d.Name} {d.Old}")),
                Hint = "Resume with the same model, data and options, or start again with `force`.",
            };
        }
    }
}

/// <summary>Looks at what a finished run left.</summary>
internal static class ExistingRun
{
    private static readonly JsonRules Rules = new()
    {
        Code = "damaged-result",
        Expected = "the record of a finished run",
        Hint = "Start again with `force`.",
        MaxBytes = int.MaxValue,
    };

    /// <summary>The same, read by the first of several processes for all.</summary>
    public static PruneResult Finished(SharedFolder folder, SortedDictionary<string, string> key, ProcessGroup group)
    {
        byte[] json = group.FromFirst(group.IsFirst ? JsonSerializer.SerializeToUtf8Bytes(Finished(folder, key), PruningJson.Default.PruneResult) : []);
        var result = JsonSerializer.Deserialize(json, PruningJson.Default.PruneResult)!;
        return result with { WasComplete = true, ResumedBlocks = result.Blocks.Count };
    }

    /// <summary>The result of the finished run in the output folder.</summary>
    /// <exception cref="InvalidInputException">It was another run, or no pruning at all.</exception>
    public static PruneResult Finished(SharedFolder folder, SortedDictionary<string, string> key)
    {
        if (!File.Exists(ResultPath(folder)))
        {
            throw new InvalidInputException("output-exists", $"The output folder '{folder.Target}' holds another kind of output.")
            {
                Option = "output",
                Hint = "Choose another `output`, or add `force` to replace it.",
            };
        }

        var result = StrictJson.Read(ResultPath(folder), PruningJson.Default.PruneResult, Rules);
        if (result.Blocks.SelectMany(block => block.Layers).FirstOrDefault(layer => layer.Rows < 1 || layer.Columns < 1 || layer.Zeros < 0 || layer.Zeros > layer.Elements) is { } layer)
        {
            throw new InvalidInputException(Rules.Code, $"The record of the finished run says of '{layer.Name}' what cannot be.")
            {
                File = ResultPath(folder),
                Found = FormattableString.Invariant($"{layer.Zeros} zeros in {layer.Rows} x {layer.Columns}"),
                Expected = Rules.Expected,
                Hint = Rules.Hint,
            };
        }

        RunKey.RequireSame(RunKey.Of(result.Options, result.Calibration, result.ModelFingerprint), key, folder.Target);
        return result with { WasComplete = true, ResumedBlocks = result.Blocks.Count };
    }

    private static string ResultPath(SharedFolder folder) => Path.Combine(folder.Target, PruneResult.FileName);
}
