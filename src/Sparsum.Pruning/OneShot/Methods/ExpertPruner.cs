using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>Prunes by a method, save the experts that calibration never reached, for which another rule holds.</summary>
/// <param name="method">Prunes what was seen.</param>
/// <param name="unseen">Prunes what was not; null leaves it dense.</param>
internal sealed class ExpertPruner(ILayerPruner method, ILayerPruner? unseen) : ILayerPruner
{
    private const string Dense = "no calibration token reached this expert: it stays dense";
    private const string ByMagnitude = "no calibration token reached this expert: it is pruned by magnitude";

    /// <inheritdoc/>
    public StatisticKinds Needs => method.Needs;

    /// <inheritdoc/>
    public void Check(Linear layer, LayerTarget target)
    {
        method.Check(layer, target);
        unseen?.Check(layer, target);
    }

    /// <inheritdoc/>
    public string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend)
    {
        if (statistics is not { IsUnseen: true })
        {
            return method.Prune(block, layer, statistics, target, backend);
        }

        if (unseen is null)
        {
            return Dense;
        }

        unseen.Prune(block, layer, null, target, backend);
        return ByMagnitude;
    }
}

/// <summary>What becomes of an expert that no calibration token was sent to, of which no score is known.</summary>
public enum UnseenExperts
{
    /// <summary>It stays dense, and the model has fewer zeros than asked for.</summary>
    Dense,

    /// <summary>Its weights are pruned by their magnitudes, to the sparsity that was planned for it.</summary>
    Magnitude,
}
