using Sparsum.Pruning.OneShot.Scoring;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>
/// A way to prune layers, by name. Every saliency is one (<see cref="SaliencyMethod"/>); methods that update weights are classes of their
/// own and one line in <see cref="PruningMethods.All"/>.
/// </summary>
public interface IPruningMethod
{
    /// <summary>What users call it, in lower case.</summary>
    string Name { get; }

    /// <summary>One line for help texts.</summary>
    string Description { get; }

    /// <summary>Whether it needs calibration data.</summary>
    bool NeedsCalibration { get; }

    /// <summary>Whether it can give each row a ratio of its own.</summary>
    bool TakesRowRatios { get; }

    /// <summary>Its settings.</summary>
    IReadOnlyList<MethodSetting> Settings { get; }

    /// <summary>The scores by which it chooses a mask that a refinement then changes; null where its masks cannot be refined.</summary>
    ISaliency? InitialScores(PruneOptions options) => null;

    /// <summary>Makes the pruner of one run.</summary>
    /// <exception cref="Core.InvalidInputException">A setting or option does not fit the method.</exception>
    ILayerPruner Create(PruneOptions options);
}
