using System.Globalization;
using System.Text.Json.Nodes;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Runs;

namespace Sparsum.Cli.Training;

/// <summary>What sparse training did to a model, as fields of a document.</summary>
internal static class SparseRecord
{
    private const int HistogramBins = 100;

    /// <summary>Adds sparsity by every way of counting, how it came about, and the settings in force.</summary>
    public static void Add(JsonObject document, RunResult result)
    {
        var report = result.Sparsity;
        document["sparsity"] = report.Sparsity;
        document["sparsityAtEpsilon"] = report.AtEpsilon;
        AddSources(document, report.Finish.Sources);
        document["headsLeft"] = report.HeadsKept.Sum();
        document["heads"] = JsonText.Array(report.HeadsKept, count => count);
        document["neurons"] = JsonText.Array(report.Breakdown.NeuronsKept, count => count);
        document["sparsities"] = Sparsities(report.Breakdown);
        document["zeroRows"] = report.Breakdown.ZeroRows;
        document["zeroColumns"] = report.Breakdown.ZeroColumns;
        document["sparsityBeforeFinish"] = report.Finish.BeforeFinish.Sparsity;
        document["thresholdAtFinish"] = report.Finish.Threshold;
        document["tau"] = report.Finish.LargestThreshold;
        document["isMostlyMagnitude"] = report.IsMostlyMagnitude;
        document["excessZeros"] = result.TargetSparsity is null ? null : report.Finish.Excess;
        document["settings"] = new JsonObject(result.Settings.Select(
            setting => KeyValuePair.Create($"{result.Method}.{setting.Key}", (JsonNode?)setting.Value)));
    }

    /// <summary>Sparsity and heads as pairs of name and value.</summary>
    public static IReadOnlyList<(string Name, string? Value)> Facts(JsonObject document)
    {
        return
        [
            ("sparsity", $"{Percent("sparsity")} of the regularised weights, tau {document["tau"]!.GetValue<double>().ToString("G3", CultureInfo.InvariantCulture)}"),
            ("zeros by", document["byPenalty"] is null ? null
                : $"penalty {Percent("byPenalty")}, structure {Percent("byStructure")}, threshold {Percent("byThreshold")}"),
            ("heads", document["headsLeft"]!.ToString()),
        ];

        string Percent(string field) => Units.Percent(document[field]!.GetValue<double>());
    }

    /// <summary>What the figures of the paper are drawn from.</summary>
    public static JsonObject Insights(SparsityReport report) => new()
    {
        ["connectivity"] = Connections(report.Connectivity),
        ["matrices"] = JsonText.Array(report.MatrixConnectivity, matrix =>
        {
            var record = Connections(matrix.Connectivity);
            record.Insert(0, "name", matrix.Name);
            return record;
        }),
        ["headZeros"] = JsonText.Array(report.HeadZeros, module => new JsonObject
        {
            ["block"] = module.Block,
            ["kind"] = module.Kind,
            ["shares"] = JsonText.Array(module.Shares, share => share),
        }),
        ["removedHeads"] = JsonText.Array(report.Heads.SelectMany(RemovedHeads), head => head),
        ["headsRemovedPerModule"] = JsonText.Array(report.Heads, module => module.Record.RemovedHeads.Count),
        ["relativeImportanceOfRemoved"] = report.RelativeImportanceOfRemoved is { } ratio ? JsonText.Number(ratio) : null,
    };

    /// <summary>Blocks and layers with their shares of exact zeros; what was removed counts.</summary>
    public static JsonArray Blocks(SparsityReport report) => JsonText.Array(report.Blocks, block => new JsonObject
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
        }),
    });

    /// <summary>Where zeros come from, as shares of the dense weights.</summary>
    private static void AddSources(JsonObject document, SparsitySources? sources)
    {
        if (sources is not null)
        {
            document["zerosBefore"] = Share(sources.Before);
            document["byPenalty"] = Share(sources.ByPenalty);
            document["byStructure"] = Share(sources.ByStructure);
            document["byThreshold"] = Share(sources.ByThreshold);
        }

        double Share(long count) => sources!.Dense == 0 ? 0 : (double)count / sources.Dense;
    }

    private static JsonObject Sparsities(SparsityBreakdown breakdown)
    {
        var record = new JsonObject();
        foreach (var (denominator, share) in breakdown.Shares)
        {
            record[JsonText.NameOf(denominator)] = new JsonObject
            {
                ["sparsity"] = share.Sparsity,
                ["nearZero"] = share.NearZero,
                ["removed"] = share.Removed,
                ["dense"] = share.Dense,
            };
        }

        return record;
    }

    private static JsonObject Connections(Connectivity connectivity) => new()
    {
        ["mean"] = connectivity.Mean,
        ["standardDeviation"] = connectivity.StandardDeviation,
        ["isolated"] = connectivity.Isolated,
        ["rows"] = connectivity.Percentages.Count,
        ["histogram"] = JsonText.Array(connectivity.Histogram(HistogramBins), count => count),
    };

    private static IEnumerable<JsonObject> RemovedHeads(HeadHistory module) => module.Record.RemovedAtEpoch.Select(removal => new JsonObject
    {
        ["block"] = module.Block,
        ["kind"] = module.Record.Kind,
        ["head"] = removal.Key,
        ["into"] = module.Record.MergedInto.TryGetValue(removal.Key, out int into) ? into : null,
        ["epoch"] = removal.Value,
        ["importance"] = JsonText.Number(module.Record.Removals[removal.Key].Removed),
        ["keptImportance"] = JsonText.Number(module.Record.Removals[removal.Key].Kept),
    });
}
