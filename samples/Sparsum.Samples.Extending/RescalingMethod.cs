using System.Numerics.Tensors;
using Sparsum.Pruning;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Samples.Extending;

/// <summary>The settings of <see cref="RescalingMethod"/>.</summary>
public sealed record RescalingOptions : IMethodOptions
{
    /// <summary>How much of a row's lost norm is given back, from 0 to 1.</summary>
    public double Strength { get; init; } = 1;

    /// <inheritdoc/>
    public void Validate() => SettingText.Require(Strength is >= 0 and <= 1, "rescaling.strength", Strength, "a number from 0 to 1");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of((nameof(Strength), Strength));
}

/// <summary>A pruning method that changes the weights that stay: each row is stretched towards the norm that it had.</summary>
public sealed class RescalingMethod : IPruningMethod
{
    private readonly RescalingOptions options;

    /// <summary>Takes its settings.</summary>
    public RescalingMethod(RescalingOptions options)
    {
        options.Validate();
        this.options = options;
    }

    /// <inheritdoc/>
    public string Name => "rescaling";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool TakesRowRatios => true;

    /// <inheritdoc/>
    public ILayerPruner Create(MaskOptions masks) => new Pruner(new Wanda(), masks, options.Strength);

    private sealed class Pruner(ISaliency saliency, MaskOptions masks, double strength) : ILayerPruner
    {
        public StatisticKinds Needs => saliency.Needs;

        public void Check(Linear layer, LayerTarget target) => RuleFor(target).Check(layer.Name, layer.InputSize);

        public string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend)
        {
            var weight = layer.Weight.Value;
            layer.Unpack();
            var scores = new LayerScores(layer.Name, layer.OutputSize, layer.InputSize, saliency.Prepare(weight, statistics), backend.Threads);
            RuleFor(target).Select(scores, target.Ratio, (row, pruned) =>
            {
                var values = weight.Row(row);
                float before = TensorPrimitives.Norm<float>(values);
                WeightMasking.Zero(values, pruned);
                float after = TensorPrimitives.Norm<float>(values);
                TensorPrimitives.Multiply(values, after == 0 ? 1 : (float)(1 + (strength * ((before / after) - 1))), values);
            });
            return null;
        }

        private IMaskRule RuleFor(LayerTarget target) => MaskRules.For(masks.Granularity, target, masks.BlockRows);
    }
}
