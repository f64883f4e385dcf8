using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>
/// Says how much each weight of a layer matters, and so is a pruning method too: the weights with the lowest scores become zero, the others
/// stay as they are. A new saliency is one class with a name and a score.
/// </summary>
public interface ISaliency : IPruningMethod
{
    /// <summary>What calibration must gather for it.</summary>
    StatisticKinds Needs => NeedsCalibration ? StatisticKinds.Squares : StatisticKinds.None;

    /// <inheritdoc/>
    bool IPruningMethod.TakesRowRatios => true;

    /// <inheritdoc/>
    ISaliency? IPruningMethod.InitialScores => this;

    /// <inheritdoc/>
    ILayerPruner IPruningMethod.Create(MaskOptions masks) => new SaliencyPruner(this, masks.Granularity, masks.BlockRows);

    /// <summary>
    /// Begins to score a layer. Statistics of the whole matrix are gathered here; the result then scores any row without looking at others.
    /// </summary>
    /// <param name="weight">The weight <c>[R, C]</c>; it stays the caller's and does not change while rows are scored.</param>
    /// <param name="statistics">What calibration saw; null when <see cref="IPruningMethod.NeedsCalibration"/> is false.</param>
    RowScorer Prepare(Tensor weight, LayerStatistics? statistics);
}

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
