using System.ComponentModel;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Owl;

/// <summary>
/// OWL (Yin et al. 2024, Outlier Weighed Layerwise Sparsity): blocks with many outliers among their Wanda scores stay denser. One ratio
/// per block, or with a pattern one number of pruned weights per group.
/// </summary>
[Description("denser blocks where Wanda scores have more outliers (Yin et al. 2024)")]
public sealed class OwlAllocation : IAllocation
{
    private const double PatternLambda = 2;
    private const double RatioLambda = 0.08;

    private readonly OwlOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public OwlAllocation(OwlOptions? options = null)
    {
        this.options = options ?? new OwlOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "owl";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool SparesBlocks => true;

    /// <inheritdoc/>
    public bool SharesWork => true;

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var model = context.Pretrained.Model;
        List<TransformerBlock> pruned = [.. model.Blocks.Where(block => block.Linears.Count > 0)];
        double[] outliers = new double[pruned.Count];
        context.ForEachDenseBlock(
            (block, statistics) =>
            {
                if (pruned.IndexOf(block) is >= 0 and var place)
                {
                    outliers[place] = OutlierShare.Percent(block, statistics, options.M, context.Backend.Threads);
                }
            },
            cancellationToken);
        long[] sizes = [.. pruned.Select(block => block.Linears.Sum(BlockSizes.Of))];
        var targets = context.Task.Masks.Pattern is { } pattern
            ? [.. OwlMapping.PrunedPerGroup(outliers, sizes, pattern, options.Lambda ?? PatternLambda).Select(count => ToTarget(count, pattern.GroupSize))]
            : ToTargets(OwlMapping.Ratios(outliers, sizes, context.Sparsity, options.Lambda ?? RatioLambda, options.ClipHigh));
        return new AllocationResult(new SparsityPlan(model.Blocks.Select(block => block.Linears.Select(_ => targets[pruned.IndexOf(block)]))))
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
    public AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data) =>
        new(Operations: model.Blocks.Sum(block => WorkEstimate.Propagating(block, data!)));

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
                Option = "owl.clip-high",
                Found = FormattableString.Invariant($"the ratio {ratios[erased]}"),
                Expected = "ratios below 1",
                Hint = "Leave owl.clip-high at true, or lower owl.lambda or `sparsity`.",
            };
    }
}

/// <summary>The settings of <see cref="OwlAllocation"/>.</summary>
public sealed record OwlOptions : IMethodOptions
{
    /// <summary>The choices of OWL's own code, which deletes a block rather than clip its ratio: such a run is refused.</summary>
    public static OwlOptions Published { get; } = new() { ClipHigh = false };

    /// <summary>A score is an outlier above this many times the mean score of its block (eq. 1).</summary>
    [Description("a score is an outlier above this many times the mean score of its block")]
    public double M { get; init; } = 5;

    /// <summary>
    /// Half the width of the range of ratios, <c>λ</c>, or with a pattern the range of pruned weights per group; null for 0.08, or with a
    /// pattern 2.
    /// </summary>
    [Description("half the width of the range of ratios, or the range of a pattern's pruned weights per group; auto is 0.08 or 2")]
    public double? Lambda { get; init; }

    /// <summary>Whether ratios from 1 on become 0.99; otherwise they are refused.</summary>
    [Description("whether ratios from 1 on become 0.99; otherwise they are refused")]
    public bool ClipHigh { get; init; } = true;

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(M >= 0, "owl.m", M, "a number of at least 0");
        SettingText.Require(Lambda is not { } lambda || lambda >= 0, "owl.lambda", Lambda, "a number of at least 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() =>
        SettingText.Of((nameof(M), M), (nameof(Lambda), Lambda), (nameof(ClipHigh), ClipHigh));
}
