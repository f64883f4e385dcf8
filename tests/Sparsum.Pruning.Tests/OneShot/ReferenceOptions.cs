using System.Globalization;
using System.Text.Json;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>The options that do what a run of the reference did.</summary>
internal static class ReferenceOptions
{
    public static PruneOptions Of(string run, Oracle oracle, TemporaryFolder temporary)
    {
        string[] parts = run.Split('.', 3);
        var settings = oracle.Run(run);
        int pruned = Integer(settings, "prune_n");
        string ids = temporary["ids.json"];
        File.WriteAllText(ids, JsonSerializer.Serialize(new { input_ids = oracle.CalibrationIds }));
        bool isRefined = parts[1].StartsWith("dsnot-", StringComparison.Ordinal);
        var options = new PruneOptions
        {
            Method = Named.Method(isRefined ? settings.GetProperty("base").GetString()! : parts[1].Split('-')[0]),
            Refinement = Named.Refinement(isRefined ? "dsnot" : null),
            Granularity = parts[1] == "wanda-variant" ? Granularity.RowSum
                : parts[1].EndsWith("-layer", StringComparison.Ordinal) || parts[2].StartsWith("uniform-layer", StringComparison.Ordinal)
                ? Granularity.Layer : Granularity.Row,
            Pattern = pruned == 0 ? null : new NmPattern(pruned, Integer(settings, "prune_m")),
            Sparsity = settings.GetProperty("sparsity_ratio").GetDouble(),
        };
        options = PruneTask.NeedsCalibration(options) ? options with { Calibration = new CalibrationOptions { File = ids } } : options;
        return isRefined ? options.Set(Refinement(settings)) : options;
    }

    /// <summary>
    /// A backend that decides the closest comparison of a run of SparseGPT as the published code does. Where two scores are nearer to each
    /// other than float32 sums are to exact ones, and every later update depends on which is chosen, only sums in double precision do.
    /// </summary>
    public static IBackend BackendFor(string run, Oracle oracle)
    {
        const double FinestDecision = 2e-6;
        return oracle.Run(run).TryGetProperty("check", out var check) && check.TryGetProperty("min_relative_gap", out var gap)
            && run.Contains("sparsegpt", StringComparison.Ordinal) && gap.GetDouble() < FinestDecision
            ? new ReferenceBackend() : new CpuBackend(1);
    }

    private static Dictionary<string, string> Refinement(JsonElement run) => new()
    {
        ["dsnot.cycles"] = Integer(run, "max_cycle_time").ToString(CultureInfo.InvariantCulture),
        ["dsnot.threshold"] = run.GetProperty("update_threshold").GetDouble().ToString(CultureInfo.InvariantCulture),
        ["dsnot.same-sign"] = run.GetProperty("without_same_sign").GetBoolean() ? "false" : "true",
        ["dsnot.skip-mlp"] = run.GetProperty("skip").GetString() is "mlp" or "fc" ? "true" : "false",
        ["dsnot.scale-threshold"] = "false",
        ["dsnot.compatible"] = "true",
    };

    private static int Integer(JsonElement run, string name) => run.TryGetProperty(name, out var value) ? value.GetInt32() : 0;
}
