using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>
/// AlphaPruning (Lu et al. 2024): blocks whose weight spectra have heavy tails are trained better and stay denser. One ratio per block, from
/// weights alone; streams one block at a time.
/// </summary>
public sealed class AlphaPruningAllocation : IAllocation
{
    private const string StateFileName = "alphas.json";

    private static readonly MethodSetting Epsilon = new(
        "alphapruning.epsilon", "0.3", "half the width of the range of ratios, as a share of the sparsity");

    private static readonly MethodSetting Clip = new(
        "alphapruning.clip", "true", "whether ratios are kept within 0.01 .. 0.99 and the excess goes to other blocks");

    private static readonly MethodSetting Cut = new(
        "alphapruning.lower-cut", "published", "published or intended: the lower bound of where a tail may begin");

    private static readonly MethodSetting Cache = new(
        "alphapruning.cache", "", "a JSON file that keeps the exponents of models for later runs");

    /// <inheritdoc/>
    public string Name => "alphapruning";

    /// <inheritdoc/>
    public string Description => "denser blocks where weight spectra have heavier tails; needs no data (Lu et al. 2024)";

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings { get; } = [Epsilon, Clip, Cut, Cache];

    /// <inheritdoc/>
    public void Check(PruneOptions options)
    {
        var settings = new MethodSettings(options.Settings);
        _ = (settings.Number(Epsilon, 0, 1), settings.Flag(Clip), settings.Choice<LowerCut>(Cut));
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var blocks = context.Pretrained.Model.Blocks;
        long[] sizes = BlockSizes.Of(context.Pretrained.Model);
        var alphas = FindAlphas(context, cancellationToken);
        double[] means = [.. blocks.Select(block => block.Linears.Average(layer => alphas[layer.Name]))];
        double[] ratios = AlphaMapping.Ratios(means, sizes, context.Sparsity, context.Settings.Number(Epsilon, 0, 1));
        ratios = context.Settings.Flag(Clip) ? AlphaMapping.Clip(ratios, sizes, context.Sparsity) : RequireBelowOne(ratios);
        var targets = context.Options.Pattern is { } pattern
            ? PatternSchedule.Targets(blocks, ratios, pattern) ?? throw Unreachable(pattern.ToString())
            : [.. blocks.Select(block => block.Linears.Select(_ => new LayerTarget(ratios[block.Index])).ToArray())];
        return new AllocationResult(new SparsityPlan(targets))
        {
            Report = new JsonObject
            {
                ["alphas"] = new JsonArray([.. means.Select(value => JsonValue.Create(value))]),
                ["ratios"] = new JsonArray([.. ratios.Select(value => JsonValue.Create(value))]),
                ["meanRatio"] = BlockSizes.Mean(ratios, sizes),
                ["layers"] = new JsonArray([.. blocks.SelectMany(block => block.Linears).Select(layer =>
                    new JsonObject { ["name"] = layer.Name, ["alpha"] = alphas[layer.Name] })]),
            },
        };
    }

    /// <inheritdoc/>
    public long EstimateBytes(TransformerModel model, PruneOptions options, MemoryEstimate pruning, CalibrationShape? data) =>
        pruning.BlockBytes + model.Blocks.SelectMany(block => block.Linears).Max(layer => SingularValues.EstimateBytes(layer.OutputSize, layer.InputSize));

    /// <inheritdoc/>
    public double EstimateWork(TransformerModel model, PruneOptions options, StatisticKinds needs, CalibrationShape? data) =>
        model.Blocks.SelectMany(block => block.Linears).Sum(layer => SingularValues.EstimateWork(layer.OutputSize, layer.InputSize));

    /// <summary>The exponent of every layer, taken from what is known or computed block by block and written down.</summary>
    private static Dictionary<string, double> FindAlphas(AllocationContext context, CancellationToken cancellationToken)
    {
        var pretrained = context.Pretrained;
        var blocks = pretrained.Model.Blocks;
        var cut = context.Settings.Choice<LowerCut>(Cut);
        string key = $"{ModelFingerprint.Compute(pretrained)} {cut.ToString().ToLowerInvariant()}";
        string file = context.Settings.Text(Cache);
        var cache = new AlphaCache(file.Length > 0 ? file : Path.Combine(context.StateFolder, StateFileName));
        var alphas = cache.Of(key).ToDictionary();
        foreach (var block in blocks.Where(block => block.Linears.Any(layer => !alphas.ContainsKey(layer.Name))))
        {
            using var loaded = new LoadedParameters(pretrained, block.Linears.Select(layer => layer.Weight), cancellationToken);
            foreach (var (done, layer) in block.Linears.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Progress?.Report(new PruneProgress(
                    PrunePhase.Allocate, block.Index, blocks.Count, layer.Name, done, block.Linears.Count));
                alphas[layer.Name] = Fit(layer, cut, context.Backend.Threads);
            }

            cache.Add(key, block.Linears.Select(layer => KeyValuePair.Create(layer.Name, alphas[layer.Name])));
        }

        return alphas;
    }

    private static double Fit(Linear layer, LowerCut cut, int threads) =>
        HillEstimator.Fit(SingularValues.Squares(layer.Weight.Value, threads), cut).Alpha;

    private static double[] RequireBelowOne(double[] ratios)
    {
        int erased = Array.FindIndex(ratios, ratio => ratio is >= 1 or < 0);
        return erased < 0 ? ratios : throw new InvalidInputException("block-erased", $"AlphaPruning would delete block {erased}.")
        {
            File = "--set",
            Found = FormattableString.Invariant($"the ratio {ratios[erased]}"),
            Expected = "ratios from 0 to below 1",
            Hint = "Leave alphapruning.clip at true, or lower alphapruning.epsilon or --sparsity.",
        };
    }

    private static InvalidInputException Unreachable(string pattern) =>
        new("unreachable-sparsity", $"No patterns along AlphaPruning's ratios have the mean sparsity of {pattern}.")
        {
            File = "--pattern",
            Found = pattern,
            Hint = "Lower alphapruning.epsilon, or use --allocation uniform.",
        };
}
