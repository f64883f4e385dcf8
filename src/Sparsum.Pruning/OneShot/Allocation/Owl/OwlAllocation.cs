using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Owl;

/// <summary>
/// OWL (Yin et al. 2024, Outlier Weighed Layerwise Sparsity): blocks with many outliers among their Wanda scores stay denser. One ratio
/// per block, or with a pattern one number of pruned weights per group.
/// </summary>
public sealed class OwlAllocation : IAllocation
{
    private const double PatternLambda = 2;

    private static readonly MethodSetting OutlierFactor = new(
        "owl.m", "5", "a score is an outlier above this many times the mean score of its block");

    private static readonly MethodSetting Lambda = new(
        "owl.lambda", "0.08", "half the width of the range of ratios; with --pattern the range of pruned weights per group, 2 by default");

    private static readonly MethodSetting ClipHigh = new(
        "owl.clip-high", "true", "whether ratios from 1 on become 0.99; otherwise they are refused");

    /// <inheritdoc/>
    public string Name => "owl";

    /// <inheritdoc/>
    public string Description => "denser blocks where Wanda scores have more outliers (Yin et al. 2024)";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings { get; } = [OutlierFactor, Lambda, ClipHigh];

    /// <inheritdoc/>
    public void Check(PruneOptions options)
    {
        var settings = new MethodSettings(options.Settings);
        _ = (settings.Number(OutlierFactor, 0), ReadLambda(options), settings.Flag(ClipHigh));
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var model = context.Pretrained.Model;
        double factor = context.Settings.Number(OutlierFactor, 0);
        double[] outliers = new double[model.Blocks.Count];
        DensePass.Run(
            context,
            (block, observer) => outliers[block.Index] = OutlierShare.Percent(
                block, linear => observer.StatisticsOf(linear, context.Calibration!.Samples), factor, context.Backend.Threads),
            cancellationToken);
        double lambda = ReadLambda(context.Options);
        long[] sizes = BlockSizes.Of(model);
        var targets = context.Options.Pattern is { } pattern
            ? [.. OwlMapping.PrunedPerGroup(outliers, sizes, pattern, lambda).Select(count => ToTarget(count, pattern.GroupSize))]
            : ToTargets(OwlMapping.Ratios(outliers, sizes, context.Sparsity, lambda, context.Settings.Flag(ClipHigh)));
        return new AllocationResult(new SparsityPlan(model.Blocks.Select(block => block.Linears.Select(_ => targets[block.Index]))))
        {
            Report = new JsonObject
            {
                ["outlierPercent"] = new JsonArray([.. outliers.Select(value => JsonValue.Create(value))]),
                ["ratios"] = new JsonArray([.. targets.Select(target => JsonValue.Create(target.Ratio))]),
                ["meanRatio"] = BlockSizes.Mean([.. targets.Select(target => target.Ratio)], sizes),
            },
        };
    }

    /// <inheritdoc/>
    public double EstimateWork(TransformerModel model, PruneOptions options, StatisticKinds needs, CalibrationShape? data) =>
        model.Blocks.Sum(block => WorkEstimate.Propagating(block, data!));

    private static double ReadLambda(PruneOptions options) =>
        options.Pattern is not null && !options.Settings.ContainsKey(Lambda.Name)
            ? PatternLambda
            : new MethodSettings(options.Settings).Number(Lambda, 0);

    private static LayerTarget ToTarget(int prunedPerGroup, int groupSize) => new((double)prunedPerGroup / groupSize)
    {
        Pattern = new NmPattern(prunedPerGroup, groupSize),
    };

    private static LayerTarget[] ToTargets(double[] ratios)
    {
        int erased = Array.FindIndex(ratios, ratio => ratio >= 1);
        return erased < 0
            ? [.. ratios.Select(ratio => new LayerTarget(ratio))]
            : throw new InvalidInputException("block-erased", $"OWL would delete block {erased}.")
            {
                File = "--set",
                Found = FormattableString.Invariant($"the ratio {ratios[erased]}"),
                Expected = "ratios below 1",
                Hint = "Leave owl.clip-high at true, or lower owl.lambda or --sparsity.",
            };
    }
}
