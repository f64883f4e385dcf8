using System.ComponentModel;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>
/// AlphaPruning (Lu et al. 2024): blocks whose weight spectra have heavy tails are trained better and stay denser. One ratio per block, from
/// weights alone; streams one block at a time.
/// </summary>
[Description("denser blocks where weight spectra have heavier tails; needs no data (Lu et al. 2024)")]
public sealed class AlphaPruningAllocation : IAllocation
{
    private const string StateFileName = "alphas.json";

    private readonly AlphaPruningOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public AlphaPruningAllocation(AlphaPruningOptions? options = null)
    {
        this.options = options ?? new AlphaPruningOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "alphapruning";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public bool SharesWork => true;

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var blocks = context.Pretrained.Model.Blocks;
        long[] sizes = BlockSizes.Of(context.Pretrained.Model);
        var alphas = FindAlphas(context, cancellationToken);
        double[] means = [.. blocks.Select(block => block.Linears.Average(layer => alphas[layer.Name]))];
        double[] ratios = AlphaMapping.Ratios(means, sizes, context.Sparsity, options.Epsilon);
        ratios = options.Clip ? AlphaMapping.Clip(ratios, sizes, context.Sparsity) : RequireBelowOne(ratios);
        var targets = context.Task.Masks.Pattern is { } pattern
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
    public AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data)
    {
        var layers = model.Blocks.SelectMany(block => block.Linears).ToList();
        return new AllocationCost(
            pruning.BlockBytes + layers.Max(layer => SingularValues.EstimateBytes(layer.OutputSize, layer.InputSize)),
            layers.Sum(layer => SingularValues.EstimateWork(layer.OutputSize, layer.InputSize)));
    }

    /// <summary>The exponent of every layer, taken from what is known or computed block by block and written down.</summary>
    private Dictionary<string, double> FindAlphas(AllocationContext context, CancellationToken cancellationToken)
    {
        var pretrained = context.Pretrained;
        var blocks = pretrained.Model.Blocks;
        string key = $"{ModelFingerprint.Compute(pretrained)} {SettingText.Format(options.LowerCut)}";
        var cache = new AlphaCache(options.Cache ?? Path.Combine(context.StateFolder, StateFileName));
        var alphas = cache.Of(key).ToDictionary();
        foreach (var block in blocks.Where(block => block.Linears.Any(layer => !alphas.ContainsKey(layer.Name))))
        {
            using var loaded = new LoadedParameters(pretrained, block.Linears.Select(layer => layer.Weight), cancellationToken);
            foreach (var (done, layer) in block.Linears.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                context.Progress?.Report(new PruneProgress(
                    PrunePhase.Allocate, block.Index, blocks.Count, layer.Name, done, block.Linears.Count));
                alphas[layer.Name] = Fit(layer, options.LowerCut, context.Backend.Threads);
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
            Option = "alphapruning.clip",
            Found = FormattableString.Invariant($"the ratio {ratios[erased]}"),
            Expected = "ratios from 0 to below 1",
            Hint = "Leave alphapruning.clip at true, or lower alphapruning.epsilon or `sparsity`.",
        };
    }

    private static InvalidInputException Unreachable(string pattern) =>
        new("unreachable-sparsity", $"No patterns along AlphaPruning's ratios have the mean sparsity of {pattern}.")
        {
            Option = "pattern",
            Found = pattern,
            Hint = "Lower alphapruning.epsilon, or use `allocation uniform`.",
        };
}
