using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Training;

/// <summary>What sparse training did to a model, as fields of a document.</summary>
internal static class SparseRecord
{
    private const int HistogramBins = 100;

    /// <summary>Heads that work in each attention module.</summary>
    public static IReadOnlyList<int> HeadsKept(TransformerModel model, ISparsifier sparsifier) => sparsifier.Heads.Count > 0
        ? [.. sparsifier.Heads.Select(module => module.Record.KeptHeads.Count)]
        : [.. model.Blocks.SelectMany(block => block.Attentions).Select(attention => attention.HeadCount)];

    /// <summary>
    /// Adds sparsity by every way of counting, and how it came about. After a run to a target exactly the weights that were set to zero count,
    /// however many others are near zero; otherwise ε decides.
    /// </summary>
    public static void Add(
        JsonObject document, TransformerModel model, ISparsifier sparsifier, SparsifierResult result, double epsilon, double? target)
    {
        var breakdown = SparsityBreakdown.Of(model, target is null ? epsilon : float.Epsilon);
        var heads = HeadsKept(model, sparsifier);
        document["sparsity"] = breakdown.Shares[SparsityScope.Regularised].Sparsity;
        document["sparsityAtEpsilon"] = PrunableWeights.Of(model.Blocks, SparsityScope.Regularised).Measure(epsilon).Sparsity;
        document["headsLeft"] = heads.Sum();
        document["heads"] = JsonText.Array(heads, count => count);
        document["neurons"] = JsonText.Array(breakdown.NeuronsKept, count => count);
        document["sparsities"] = Sparsities(breakdown);
        document["zeroRows"] = breakdown.ZeroRows;
        document["zeroColumns"] = breakdown.ZeroColumns;
        document["sparsityBeforeFinish"] = result.BeforeFinish.Sparsity;
        document["thresholdAtFinish"] = result.Threshold;
        document["tau"] = result.LargestThreshold;
        document["isMostlyMagnitude"] = result.LargestThreshold > MagnitudeThreshold.PostHocLimit;
        document["excessZeros"] = target is null ? null : result.Excess;
    }

    /// <summary>Says where a run ended with more zeros than it was asked for, which no threshold can take back.</summary>
    public static void WarnOfExcess(RunContext context, SparsifierResult result, double? target)
    {
        if (result.Excess > 0)
        {
            context.Warn(FormattableString.Invariant(
                $"{result.Excess} weights more are zero than the sparsity of {target} asks for: penalties wrote them, or the model came with them. ")
                + "Exact in any case are coupled penalties, or the target mode ramp, on a model with fewer zeros, without lockZeros; weaker penalties help too.");
        }
    }

    /// <summary>The settings of a method in force.</summary>
    public static JsonObject Settings(ISparseMethod method, MethodSettings settings)
    {
        var record = new JsonObject();
        foreach (var setting in method.Settings)
        {
            record[setting.Name] = settings.Text(setting);
        }

        return record;
    }

    /// <summary>What the figures of the paper are drawn from.</summary>
    public static JsonObject Insights(TransformerModel model, ISparsifier sparsifier, double epsilon)
    {
        var matrices = model.Blocks.SelectMany(block => block.FeedForward.Linears).ToList();
        var histories = sparsifier.Heads;
        return new JsonObject
        {
            ["connectivity"] = Connections(Connectivity.Of(matrices.Select(linear => linear.Weight), epsilon)),
            ["matrices"] = JsonText.Array(matrices, linear =>
            {
                var record = Connections(Connectivity.Of([linear.Weight], epsilon));
                record.Insert(0, "name", linear.Name);
                return record;
            }),
            ["removedHeads"] = JsonText.Array(histories.SelectMany(RemovedHeads), head => head),
            ["headsRemovedPerModule"] = JsonText.Array(histories, module => module.Record.RemovedHeads.Count),
            ["relativeImportanceOfRemoved"] = HeadImportance.RelativeOfRemoved(histories.Select(Importances)) is { } ratio ? JsonText.Number(ratio) : null,
        };
    }

    /// <summary>Blocks and layers with their shares of exact zeros; what was removed counts.</summary>
    public static JsonArray Blocks(TransformerModel model) => JsonText.Array(model.Blocks, block => new JsonObject
    {
        ["index"] = block.Index,
        ["name"] = block.Name,
        ["sparsity"] = Measure(block.Linears).Sparsity,
        ["layers"] = JsonText.Array(block.Linears, linear => new JsonObject
        {
            ["name"] = linear.Name,
            ["sparsity"] = Measure([linear]).Sparsity,
            ["rows"] = linear.OutputSize,
            ["columns"] = linear.InputSize,
        }),
    });

    private static PrunableSparsity Measure(IEnumerable<Linear> linears) =>
        new PrunableWeights(linears.Select(linear => linear.Weight)).Measure(float.Epsilon);

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

    private static IEnumerable<JsonObject> RemovedHeads(HeadHistory module) => module.Record.MergedInto.Select(merge => new JsonObject
    {
        ["block"] = module.Block,
        ["kind"] = module.Record.Kind,
        ["head"] = merge.Key,
        ["into"] = merge.Value,
        ["epoch"] = module.Record.RemovedAtEpoch[merge.Key],
        ["importance"] = JsonText.Number(module.Importances[merge.Key]),
    });

    private static IReadOnlyList<(double Importance, bool IsRemoved)> Importances(HeadHistory module) =>
        [.. module.Importances.Select(head => (head.Value, module.Record.MergedInto.ContainsKey(head.Key)))];
}
