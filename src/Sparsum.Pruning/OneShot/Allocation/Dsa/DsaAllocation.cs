using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// DSA (Li et al. 2024, Discovering Sparsity Allocation for Layer-wise Pruning of Large Language Models): an expression over the Wanda
/// scores of a block gives its importance and so its ratio. The expression is given, or searched for by evolution with the perplexity of
/// the pruned model as fitness.
/// </summary>
public sealed class DsaAllocation : IAllocation
{
    private const string Auto = "auto";
    private const string None = "none";

    private static readonly MethodSetting Expression = new(
        "dsa.expression",
        DsaExpression.Published,
        "what gives a block its importance: W:(operations)-(reduction)-(functions)-(100 lambda)");

    private static readonly MethodSetting Lambda = new(
        "dsa.lambda", Auto, "half the width of the range of ratios; auto takes it from the expression");

    /// <summary>Whether the expression is searched for.</summary>
    internal static readonly MethodSetting Search = new("dsa.search", "false", "search for the expression; needs dsa.fitness");
    private static readonly MethodSetting Fitness = new("dsa.fitness", None, "text that the search measures pruned models on");

    /// <summary>Windows that the search measures on.</summary>
    internal static readonly MethodSetting Windows = new("dsa.windows", "16", "windows of that text, as long as calibration sequences");
    private static readonly MethodSetting Population = new("dsa.population", "20", "expressions of one generation");
    private static readonly MethodSetting Budget = new("dsa.budget", "200", "pruned models that the search measures at most");
    private static readonly MethodSetting Seed = new("dsa.seed", "0", "seed of the search");

    /// <inheritdoc/>
    public string Name => "dsa";

    /// <inheritdoc/>
    public string Description => "by an expression over Wanda scores, given or searched for (Li et al. 2024)";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings { get; } = [Expression, Lambda, Search, Fitness, Windows, Population, Budget, Seed];

    /// <inheritdoc/>
    public void Check(PruneOptions options)
    {
        var settings = new MethodSettings(options.Settings);
        _ = (ReadExpression(settings), ReadLambda(settings), ReadSearch(settings), settings.Integer(Windows, least: 1));
        if (settings.Flag(Search) && settings.Text(Fitness) == None)
        {
            throw settings.Invalid(Fitness, "a text file, since dsa.search is true");
        }

        if (options.Pattern is not null)
        {
            throw new InvalidInputException(
                "conflicting-options", "--allocation dsa does not go with --pattern, which is the same everywhere.")
            {
                File = "--pattern",
                Found = "--pattern together with --allocation dsa",
                Hint = "Leave out one of the two.",
            };
        }
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var importances = new DsaImportances(context);
        return context.Settings.Flag(Search)
            ? SearchExpression(context, importances, cancellationToken)
            : ApplyExpression(context, importances, cancellationToken);
    }

    /// <inheritdoc/>
    public long EstimateBytes(TransformerModel model, PruneOptions options, MemoryEstimate pruning, CalibrationShape? data) =>
        ReadCost(options, data!)?.Bytes(model, options, pruning) ?? 0;

    /// <inheritdoc/>
    public double EstimateWork(TransformerModel model, PruneOptions options, StatisticKinds needs, CalibrationShape? data) =>
        model.Blocks.Sum(block => WorkEstimate.Propagating(block, data!)) + (ReadCost(options, data!)?.Work(model, needs) ?? 0);

    /// <inheritdoc/>
    public IEnumerable<(string Option, PruneOptions Options)> Lighter(PruneOptions options) => DsaSearchCost.Lighter(options);

    private static AllocationResult ApplyExpression(
        AllocationContext context, DsaImportances importances, CancellationToken cancellationToken)
    {
        var expression = ReadExpression(context.Settings);
        float[] values = importances.Evaluate([expression], cancellationToken)[0];
        double[]? ratios = ToRatios(context, expression, values);
        return Finish(context, ratios, new JsonObject
        {
            ["expression"] = expression.ToString(),
            ["importances"] = Array(values.Select(value => (double)value)),
            ["note"] = ratios is null ? "The expression gives all blocks the same importance; every layer has the same ratio." : null,
        });
    }

    private static AllocationResult SearchExpression(
        AllocationContext context, DsaImportances importances, CancellationToken cancellationToken)
    {
        var settings = context.Settings;
        var windows = CalibrationLoader.Load(
            new CalibrationOptions
            {
                File = settings.Text(Fitness),
                Samples = settings.Integer(Windows, least: 1),
                SequenceLength = context.Calibration!.SequenceLength,
                Seed = settings.Integer(Seed),
            },
            context.Pretrained,
            cancellationToken);
        var perplexity = new CandidatePerplexity(context, windows);
        var store = MeasurementStore.Open(context.StateFolder, windows.Provenance.IdsSha256);
        var options = ReadSearch(settings);
        var search = new DsaSearch(
            new DsaGenes(options.Seed),
            expressions =>
            [
                .. expressions.Zip(
                    importances.Evaluate(expressions, cancellationToken), (expression, values) => ToCandidate(context, expression, values)),
            ],
            candidate => store.GetOrAdd(
                candidate.Key, () => perplexity.Measure(candidate.Ratios, candidate.Expression.ToString(), cancellationToken)),
            options);
        var best = search.Run();
        return Finish(context, best?.Candidate.Ratios, new JsonObject
        {
            ["expression"] = best?.Candidate.Expression.ToString(),
            ["importances"] = Array((best?.Candidate.Importances ?? []).Select(value => (double)value)),
            ["perplexity"] = best is { Perplexity: var value } && double.IsFinite(value) ? value : null,
            ["measurements"] = search.Measurements,
            ["windows"] = windows.Samples,
            ["windowsSha256"] = windows.Provenance.FileSha256,
            ["note"] = best is null ? "No expression tells the blocks apart; every layer has the same ratio." : null,
        });
    }

    private static AllocationResult Finish(AllocationContext context, double[]? ratios, JsonObject report)
    {
        var blocks = context.Pretrained.Model.Blocks;
        ratios ??= [.. blocks.Select(_ => context.Sparsity)];
        report["ratios"] = Array(ratios);
        return new AllocationResult(new SparsityPlan(blocks.Select(block => block.Linears.Select(_ => ratios[block.Index]))))
        {
            Report = report,
        };
    }

    /// <summary>What a search may try; null where a block has no finite value or all have the same.</summary>
    private static DsaCandidate? ToCandidate(AllocationContext context, DsaExpression expression, float[] values) =>
        !values.Contains(-1f) && ToRatios(context, expression, values) is { } ratios ? new DsaCandidate(expression, values, ratios) : null;

    private static double[]? ToRatios(AllocationContext context, DsaExpression expression, float[] values) => DsaMapping.Ratios(
        values, BlockSizes.Of(context.Pretrained.Model), context.Sparsity, ReadLambda(context.Settings) ?? expression.Lambda);

    private static JsonArray Array(IEnumerable<double> values) => [.. values.Select(value => (JsonNode)value)];

    private static DsaExpression ReadExpression(MethodSettings settings) =>
        DsaExpression.Parse(settings.Text(Expression)) ?? throw settings.Invalid(
            Expression,
            $"W:(operations)-(reduction)-(functions)-(width) with operations {string.Join(", ", DsaOperation.Names)}; "
            + $"a reduction {string.Join(", ", DsaReduction.Names)}; functions {string.Join(", ", DsaTransform.Names)}");

    private static double? ReadLambda(MethodSettings settings) =>
        settings.Text(Lambda) == Auto ? null : settings.Number(Lambda, least: 0, most: 1);

    /// <summary>What the search takes; null where there is none, for reading scores takes no more than pruning does.</summary>
    private static DsaSearchCost? ReadCost(PruneOptions options, CalibrationShape data)
    {
        var settings = new MethodSettings(options.Settings);
        return settings.Flag(Search)
            ? new DsaSearchCost(data, WindowsOf(settings, data), ReadSearch(settings).Budget)
            : null;
    }

    /// <summary>Windows that are drawn from text; of ready ids as many as there are, as long as they are.</summary>
    private static CalibrationShape WindowsOf(MethodSettings settings, CalibrationShape data)
    {
        string file = settings.Text(Fitness);
        return CalibrationIds.IsIdsFile(file) && File.Exists(file)
            ? CalibrationShape.Of(CalibrationIds.Read(file).Sequences)
            : new CalibrationShape(settings.Integer(Windows, least: 1), data.SequenceLength);
    }

    private static DsaSearchOptions ReadSearch(MethodSettings settings) => new(
        settings.Integer(Population, least: 3), settings.Integer(Budget, least: 1), settings.Integer(Seed));
}
