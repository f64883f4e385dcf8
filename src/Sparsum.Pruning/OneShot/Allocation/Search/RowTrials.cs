using System.Globalization;
using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Spreads the zeros of each layer of a plan over its rows by NeuronAl's row step (Cunegatti et al. 2024): where the plan changes a channel most,
/// the row that feeds it stays densest. How far rows may differ is not chosen by alignment, as there, but by the divergence of the model that
/// is pruned so; the rows as they were stand among what is tried. The zeros of all layers together stay as many.
/// </summary>
/// <param name="context">The model.</param>
/// <param name="options">The lambdas.</param>
/// <param name="sequences">What may be looked at.</param>
/// <param name="zeros">Those that the model has.</param>
internal sealed class RowTrials(AllocationContext context, SearchOptions options, CalibrationSet sequences, ExistingZeros zeros)
{
    private const int MostSamples = 8;

    /// <summary>Whether rows can have ratios of their own, and rounding that keeps the number of zeros.</summary>
    public static bool AreRowsFree(AllocationTask task) => task.Method.TakesRowRatios && task.Masks.HasFreeRows;

    /// <summary>Whether there is something to try.</summary>
    public static bool CanServe(AllocationTask task, SearchOptions options) =>
        options.UnlikeRows.Count > 0 && AreRowsFree(task);

    /// <summary>What trials take besides the search.</summary>
    public static AllocationCost CostOf(
        TransformerModel model, SearchOptions options, AllocationTask task, MemoryEstimate pruning, CalibrationShape data)
    {
        var shape = data with { Samples = Math.Min(MostSamples, data.Samples) };
        var signals = NeuronAlCost.Of(model, Rules(options, task, shape.Samples) with { RowLambdas = [] }, task.SearchPruner.Needs, pruning, shape);
        var trials = TrialCost.Of(model, task.SearchPruner.Needs, pruning, shape, shape, options.UnlikeRows.Count + 1);
        return new AllocationCost(Math.Max(signals.Bytes, trials.Bytes), signals.Operations + trials.Operations, signals.StateBytes);
    }

    /// <summary>The best plan with ratios of rows, null where the plan itself is better than all of them; and what was tried.</summary>
    /// <param name="plan">Has one ratio for each layer.</param>
    /// <param name="cancellationToken">Ends the work; what is measured by then stays.</param>
    public (SparsityPlan? Plan, JsonArray Report) Execute(SparsityPlan plan, CancellationToken cancellationToken)
    {
        var blocks = context.Pretrained.Model.Blocks;
        var samples = sequences.First(Math.Min(MostSamples, sequences.Samples));
        var rules = Rules(options, context.Task, samples.Samples);
        var chosen = new Candidate(0, plan.Blocks);
        RowSignals signals;
        using (var search = new CandidateSearch(context, rules, samples, "search-rows", [chosen]))
        {
            search.Run(cancellationToken);
            signals = new RowSignals(blocks, search.Signals(0), rules);
        }

        var store = MeasurementStore.Open(Path.Combine(context.StateFolder, "search.rows.json"), samples.Provenance.IdsSha256);
        using var judge = new DivergenceJudge(context, samples, samples, context.Task.SearchPruner);
        var trials = RowCandidates.Create(blocks, chosen, signals, rules)
            .Select(candidate => (candidate.Lambda, Plan: new SparsityPlan(zeros.Adjust(EqualZeros.ByRows(new SparsityPlan(candidate.Targets), blocks, context.Sparsity).Blocks))))
            .Prepend((Lambda: 0, Plan: plan))
            .Select(trial => (trial.Lambda, trial.Plan, Divergence: Measure(trial.Lambda, trial.Plan)))
            .ToList();
        var best = trials.MinBy(trial => trial.Divergence);
        var report = new JsonArray([.. trials.Select(trial => new JsonObject
        {
            ["lambda"] = trial.Lambda,
            ["divergence"] = double.IsFinite(trial.Divergence) ? trial.Divergence : null,
        })]);
        return (best.Plan == plan ? null : best.Plan, report);

        double Measure(double lambda, SparsityPlan tried)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{lambda:R}");
            return store.GetOrAdd(name, () => judge.Measure(tried, $"search, rows with lambda {name}", cancellationToken));
        }
    }

    private static SearchRules Rules(SearchOptions options, AllocationTask task, int samples) =>
        SearchRules.For(new NeuronAlOptions { Step = NeuronAlStep.Row, Samples = samples, RowLambdas = options.UnlikeRows }, task);
}
