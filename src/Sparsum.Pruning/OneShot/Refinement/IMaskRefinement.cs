using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;

namespace Sparsum.Pruning.OneShot.Refinement;

/// <summary>
/// Changes the mask that a method chose, without training and without changing weights. A new refinement is one class and one line in
/// <see cref="Refinements.All"/>.
/// </summary>
public interface IMaskRefinement
{
    /// <summary>What users call it, in lower case.</summary>
    string Name { get; }

    /// <summary>One line for help texts.</summary>
    string Description { get; }

    /// <summary>Whether it needs calibration data, whatever the method.</summary>
    bool NeedsCalibration { get; }

    /// <summary>Its settings.</summary>
    IReadOnlyList<MethodSetting> Settings { get; }

    /// <summary>Makes the pruner of one run: it chooses masks by the initial scores, refines them and zeroes what they mark.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="initial">The scores of the method that is refined.</param>
    /// <exception cref="Core.InvalidInputException">A setting or option does not go with the refinement.</exception>
    ILayerPruner Create(PruneOptions options, ISaliency initial);
}
