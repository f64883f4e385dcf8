using System.ComponentModel;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// DSA (Li et al. 2024, Discovering Sparsity Allocation for Layer-wise Pruning of Large Language Models): an expression over the Wanda
/// scores of a block gives its importance and so its ratio. The expression is given, or searched for by evolution with the perplexity of
/// the pruned model as fitness.
/// </summary>
[Description("by an expression over Wanda scores, given or searched for (Li et al. 2024)")]
public sealed class DsaAllocation : IAllocation
{
    private readonly DsaOptions options;
    private readonly DsaExpression expression;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public DsaAllocation(DsaOptions? options = null)
    {
        this.options = options ?? new DsaOptions();
        this.options.Validate();
        expression = DsaExpression.Parse(this.options.Expression ?? DsaExpression.Published)!;
    }

    /// <inheritdoc/>
    public string Name => "dsa";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public void Check(AllocationTask task)
    {
        if (task.Masks.Pattern is not null)
        {
            throw new InvalidInputException("conflicting-options", "`allocation dsa` does not go with `pattern`, which is the same everywhere.")
            {
                Option = "pattern",
                Found = "`pattern` together with `allocation dsa`",
                Hint = "Leave out one of the two.",
            };
        }
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var importances = new DsaImportances(context);
        return Searches(context.Pretrained.Model)
            ? SearchExpression(context, importances, cancellationToken)
            : ApplyExpression(context, importances, cancellationToken);
    }

    /// <inheritdoc/>
    public AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data)
    {
        var needs = task.SearchPruner.Needs;
        double reading = model.Blocks.Sum(block => WorkEstimate.Propagating(block, data!));
        if (!Searches(model))
        {
            // Reading scores takes no more memory than pruning does.
            return new AllocationCost(Operations: reading);
        }

        var search = new DsaSearchCost(data!, WindowsOf(data!), options.Budget);
        return new AllocationCost(search.Bytes(model, needs, pruning), reading + search.Work(model, needs));
    }

    /// <summary>Fewer windows, then no search.</summary>
    /// <inheritdoc/>
    public IEnumerable<(string Settings, IAllocation Allocation)> Lighter(AllocationTask task)
    {
        bool searches = options.Search ?? options.Expression is null;
        for (int windows = searches ? options.Windows / 2 : 0; windows > 0; windows /= 2)
        {
            yield return (FormattableString.Invariant($"`dsa.windows={windows}`"), new DsaAllocation(options with { Windows = windows }));
        }

        if (searches)
        {
            yield return ("`dsa.search=false`", new DsaAllocation(options with { Search = false }));
        }
    }

    private bool Searches(TransformerModel model) => options.Search ?? (options.Expression is null && model is CausalLanguageModel);

    private AllocationResult ApplyExpression(
        AllocationContext context, DsaImportances importances, CancellationToken cancellationToken)
    {
        float[] values = importances.Evaluate([expression], cancellationToken)[0];
        double[]? ratios = ToRatios(context, expression, values);
        return Finish(context, ratios, new JsonObject
        {
            ["expression"] = expression.ToString(),
            ["importances"] = Array(values.Select(value => (double)value)),
            ["note"] = ratios is null ? "The expression gives all blocks the same importance; every layer has the same ratio." : null,
        });
    }

    private AllocationResult SearchExpression(
        AllocationContext context, DsaImportances importances, CancellationToken cancellationToken)
    {
        var windows = options.Fitness is { } fitness ? Read(context, fitness, cancellationToken) : LastQuarter(context.Calibration!);
        var perplexity = new CandidatePerplexity(context, windows);
        var store = MeasurementStore.Open(Path.Combine(context.StateFolder, "dsa.json"), windows.Provenance.IdsSha256);
        var search = new DsaSearch(
            new DsaGenes(options.Seed),
            expressions =>
            [
                .. expressions.Zip(
                    importances.Evaluate(expressions, cancellationToken), (expression, values) => ToCandidate(context, expression, values)),
            ],
            candidate => store.GetOrAdd(
                candidate.Key, () => perplexity.Measure(candidate.Ratios, candidate.Expression.ToString(), cancellationToken)),
            options.Population,
            options.Budget);
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

    private CalibrationSet Read(AllocationContext context, string fitness, CancellationToken cancellationToken)
    {
        bool isReady = TokenIdFile.Holds(fitness);
        return CalibrationLoader.Load(
            new CalibrationOptions
            {
                File = fitness,
                Samples = isReady ? null : options.Windows,
                SequenceLength = isReady ? null : context.Calibration!.SequenceLength,
                Seed = options.Seed,
            },
            context.Pretrained,
            cancellationToken);
    }

    private CalibrationSet LastQuarter(CalibrationSet calibration)
    {
        int[][] last = [.. calibration.Sequences.TakeLast(Quarter(calibration.Samples))];
        return new CalibrationSet(last, calibration.Provenance with { IdsSha256 = CalibrationSet.Hash(last), Samples = last.Length });
    }

    private int Quarter(int samples) => Math.Clamp(samples / 4, 1, options.Windows);

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
    private DsaCandidate? ToCandidate(AllocationContext context, DsaExpression expression, float[] values) =>
        !values.Contains(-1f) && ToRatios(context, expression, values) is { } ratios && TellsApart(ratios) ? new DsaCandidate(expression, values, ratios) : null;

    /// <summary>
    /// Whether at least half of the blocks have a ratio of their own, to a thousandth. Where one odd block sets the scale and the others are
    /// alike, an expression says nothing of them, and what it makes is the uniform plan but for that block.
    /// </summary>
    private static bool TellsApart(double[] ratios) =>
        ratios.Select(ratio => Math.Round(ratio, 3)).Distinct().Count() >= (ratios.Length + 1) / 2;

    private double[]? ToRatios(AllocationContext context, DsaExpression expression, float[] values) => DsaMapping.Ratios(
        values, BlockSizes.Of(context.Pretrained.Model), context.Sparsity, options.Lambda ?? expression.Lambda);

    private static JsonArray Array(IEnumerable<double> values) => [.. values.Select(value => (JsonNode)value)];

    /// <summary>Windows that are drawn from text; of ready ids as many as there are, as long as they are.</summary>
    private CalibrationShape WindowsOf(CalibrationShape data) =>
        options.Fitness is null ? data with { Samples = Quarter(data.Samples) }
            : TokenIdFile.Holds(options.Fitness) ? CalibrationShape.Of(TokenIdFile.Read(options.Fitness).Sequences)
            : new CalibrationShape(options.Windows, data.SequenceLength);
}

/// <summary>
/// From importances of blocks to ratios: scaled to 0 and 1, turned round, then as OWL does. A larger value is pruned more.
/// </summary>
internal static class DsaMapping
{
    /// <summary>The ratios; null where all blocks are alike, so that nothing can be told apart.</summary>
    public static double[]? Ratios(IReadOnlyList<float> importances, IReadOnlyList<long> sizes, double sparsity, double lambda)
    {
        double least = importances.Min();
        double range = importances.Max() - least;
        return range == 0
            ? null
            : OwlMapping.Ratios([.. importances.Select(value => 1 - ((value - least) / range))], sizes, sparsity, lambda, clipsHigh: true);
    }
}
