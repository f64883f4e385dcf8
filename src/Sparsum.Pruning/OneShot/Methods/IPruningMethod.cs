using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>A way to prune layers, with its settings in place. Every <see cref="ISaliency"/> is one; methods that update weights are others.</summary>
public interface IPruningMethod
{
    /// <summary>What records call it, in lower case.</summary>
    string Name { get; }

    /// <summary>Its settings, defaults included.</summary>
    IReadOnlyDictionary<string, string> Settings => SettingText.Empty;

    /// <summary>Whether it needs calibration data.</summary>
    bool NeedsCalibration { get; }

    /// <summary>Whether it can give each row a ratio of its own.</summary>
    bool TakesRowRatios { get; }

    /// <summary>The scores by which it chooses a mask that a refinement then changes; null where its masks cannot be refined.</summary>
    ISaliency? InitialScores => null;

    /// <summary>What candidates of a search are pruned with where that is not the method itself.</summary>
    IPruningMethod ForSearch => this;

    /// <summary>Makes the pruner of one run.</summary>
    /// <param name="masks">Which weights compete, and in what shape they go.</param>
    /// <exception cref="InvalidInputException">That does not go with the method.</exception>
    ILayerPruner Create(MaskOptions masks);
}

/// <summary>
/// Prunes one layer after the other, in place: scores and masks it, refines the mask, or updates what is left. Made by
/// <see cref="IPruningMethod.Create"/> for one run; calls come one at a time.
/// </summary>
public interface ILayerPruner
{
    /// <summary>What calibration must gather of each layer's input.</summary>
    StatisticKinds Needs { get; }

    /// <summary>Checks that a layer can be pruned so, before a run starts.</summary>
    /// <exception cref="Core.InvalidInputException">Its shape does not allow it.</exception>
    void Check(Linear layer, LayerTarget target);

    /// <summary>Prunes a loaded layer. Weights that are zero already stay zero and count.</summary>
    /// <param name="block">The block that the layer is part of; says whether it belongs to attention or to the MLP.</param>
    /// <param name="layer">The layer; its weight is changed in place.</param>
    /// <param name="statistics">
    /// What calibration saw; null when nothing is needed. Layers that read the same input are given the same object.
    /// </param>
    /// <param name="target">How sparse it is to become.</param>
    /// <param name="backend">What computes, and with how many threads.</param>
    /// <returns>Something to tell about this layer, or null.</returns>
    /// <exception cref="Core.RunFailedException">Scores are no numbers, or a factorisation fails.</exception>
    string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend);
}
