using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;

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
