using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Refinement;

/// <summary>Changes the mask that a method chose, without training and without changing weights. Its settings are in place.</summary>
public interface IMaskRefinement
{
    /// <summary>What records call it, in lower case.</summary>
    string Name { get; }

    /// <summary>Its settings, defaults included.</summary>
    IReadOnlyDictionary<string, string> Settings => SettingText.Empty;

    /// <summary>Whether it needs calibration data, whatever the method.</summary>
    bool NeedsCalibration { get; }

    /// <summary>Makes the pruner of one run: it chooses masks by the initial scores, refines them and zeroes what they mark.</summary>
    /// <param name="initial">The scores of the method that is refined.</param>
    /// <param name="masks">Which weights compete, and in what shape they go.</param>
    /// <exception cref="InvalidInputException">That does not go with the refinement.</exception>
    ILayerPruner Create(ISaliency initial, MaskOptions masks);
}
