using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>Scores a layer, makes its mask, zeroes the masked weights.</summary>
/// <param name="saliency">Scores the weights.</param>
/// <param name="granularity">Which weights compete with each other.</param>
/// <param name="blockRows">How many neighbouring rows share their zeros.</param>
internal sealed class SaliencyPruner(ISaliency saliency, Granularity granularity, int blockRows = 1) : ILayerPruner
{
    /// <inheritdoc/>
    public StatisticKinds Needs => saliency.Needs;

    /// <inheritdoc/>
    public void Check(Linear layer, LayerTarget target) =>
        MaskRules.For(granularity, target, blockRows).Check(layer.Name, layer.InputSize);

    /// <inheritdoc/>
    public string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend)
    {
        var weight = layer.Weight.Value;
        layer.Unpack();
        var scores = new LayerScores(layer.Name, layer.OutputSize, layer.InputSize, saliency.Prepare(weight, statistics), backend.Threads);
        MaskRules.For(granularity, target, blockRows)
            .Select(scores, target.Ratio, (row, pruned) => WeightMasking.Zero(weight.Row(row), pruned));
        return null;
    }
}
