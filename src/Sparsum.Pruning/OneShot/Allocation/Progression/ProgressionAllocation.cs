using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Progression;

/// <summary>
/// An arithmetic progression of ratios over depth (Huang et al. 2025, Determining Layer-wise Sparsity for Large Language Models Through a
/// Theoretical Perspective, arXiv 2502.14770): errors of early blocks grow through all later ones, so these are pruned less. Its one parameter is
/// found by a handful of trials: the model is pruned as the run would, and the trial whose next-token distributions are nearest to the dense
/// ones wins.
/// </summary>
[Description("a line over depth whose slope a few trials choose by output divergence (Huang et al. 2025)")]
public sealed class ProgressionAllocation : IAllocation
{
    private readonly ProgressionOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public ProgressionAllocation(ProgressionOptions? options = null)
    {
        this.options = options ?? new ProgressionOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "progression";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => HasTrials;

    /// <inheritdoc/>
    public bool KeepsState => HasTrials;

    private bool HasTrials => options.Lambdas.Count > 1;

    /// <inheritdoc/>
    public void Check(AllocationTask task)
    {
        if (Reachable(task).Count == 0)
        {
            throw Unreachable(task);
        }
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var zeros = ExistingZeros.Count(context, cancellationToken);
        var trials = Reachable(context.Task)
            .Select(lambda => (Lambda: lambda, Targets: Targets(context, lambda)))
            .Where(trial => trial.Targets is not null)
            .Select(trial => (trial.Lambda, Targets: zeros.Adjust(trial.Targets!)))
            .ToList();
        if (trials.Count == 0)
        {
            throw Unreachable(context.Task);
        }

        double[] divergences = trials.Count == 1 ? [] : Measure(context, trials, cancellationToken);
        int best = divergences.Length == 0 ? 0 : Enumerable.Range(0, divergences.Length).MinBy(i => divergences[i]);
        return new AllocationResult(new SparsityPlan(trials[best].Targets))
        {
            Report = new JsonObject
            {
                ["lambda"] = trials[best].Lambda,
                ["ratios"] = new JsonArray([.. BlockRatios(context, trials[best].Targets).Select(ratio => JsonValue.Create(ratio))]),
                ["existingZeros"] = zeros.Share,
                ["trials"] = new JsonArray([.. divergences.Select((divergence, i) =>
                    new JsonObject { ["lambda"] = trials[i].Lambda, ["divergence"] = double.IsFinite(divergence) ? divergence : null })]),
            },
        };
    }

    /// <inheritdoc/>
    public AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data)
    {
        if (!HasTrials)
        {
            return default;
        }

        var shape = data! with { Samples = Math.Min(options.Samples, data!.Samples) };
        return TrialCost.Of(model, task.SearchPruner.Needs, pruning, shape, shape, Reachable(task).Count);
    }

    /// <summary>Fewer sequences.</summary>
    /// <inheritdoc/>
    public IEnumerable<(string Settings, IAllocation Allocation)> Lighter(AllocationTask task)
    {
        for (int samples = HasTrials ? options.Samples / 2 : 0; samples > 0; samples /= 2)
        {
            yield return (
                FormattableString.Invariant($"`progression.samples={samples}`"), new ProgressionAllocation(options with { Samples = samples }));
        }
    }

    private List<double> Reachable(AllocationTask task)
    {
        double most = task.Masks.Pattern is { } pattern ? (pattern.GroupSize - 1.0) / pattern.GroupSize : 1;
        return [.. options.Lambdas.Distinct().Where(lambda => lambda == 0 ||
            (task.Sparsity - Math.Abs(lambda) >= 0 && task.Sparsity + Math.Abs(lambda) <= most && task.Sparsity + Math.Abs(lambda) < 1))];
    }

    private static IReadOnlyList<IReadOnlyList<LayerTarget>>? Targets(AllocationContext context, double lambda)
    {
        var blocks = context.Pretrained.Model.Blocks;
        double[] ratios = BlockSchedule.Ratios(BlockSizes.Of(context.Pretrained.Model), context.Sparsity, lambda);
        return context.Task.Masks.Pattern is { } pattern
            ? PatternSchedule.Targets(blocks, ratios, pattern)
            : WholeColumns.Targets(blocks, [.. blocks.Select(block => block.Linears.Select(_ => ratios[block.Index]).ToArray())], context.Sparsity);
    }

    private double[] Measure(
        AllocationContext context,
        List<(double Lambda, IReadOnlyList<IReadOnlyList<LayerTarget>> Targets)> trials,
        CancellationToken cancellationToken)
    {
        var samples = context.Calibration!.First(options.Samples);
        using var judge = new DivergenceJudge(context, samples, samples, context.Task.SearchPruner);
        var store = MeasurementStore.Open(Path.Combine(context.StateFolder, "progression.json"), samples.Provenance.IdsSha256);
        double[] divergences = new double[trials.Count];
        foreach (var (i, (lambda, targets)) in trials.Index())
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{lambda:R}");
            divergences[i] = store.GetOrAdd(
                name, () => judge.Measure(new SparsityPlan(targets), $"progression, lambda {name} ({i + 1}/{trials.Count})", cancellationToken));
        }

        return divergences;
    }

    /// <summary>The ratio of each block over its weights.</summary>
    private static IEnumerable<double> BlockRatios(AllocationContext context, IReadOnlyList<IReadOnlyList<LayerTarget>> targets) =>
        context.Pretrained.Model.Blocks.Select(block => BlockSizes.Mean(
            [.. targets[block.Index].Select(target => target.Ratio)], [.. block.Linears.Select(BlockSizes.Of)]));

    private InvalidInputException Unreachable(AllocationTask task) => new(
        "unreachable-sparsity", "No lambda of the progression can reach the sparsity.")
    {
        Option = "progression.lambdas",
        Found = FormattableString.Invariant($"progression.lambdas={SettingText.Format(options.Lambdas)} at a sparsity of {task.Sparsity}"),
        Expected = FormattableString.Invariant($"a lambda up to {Math.Min(task.Sparsity, 1 - task.Sparsity)}"),
        Hint = "Give smaller values, or use `allocation uniform`.",
    };
}
