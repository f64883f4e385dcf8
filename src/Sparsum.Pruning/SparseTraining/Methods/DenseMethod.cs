using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining.Steps;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>Plain training: what every method is compared with. Zeros that the model comes with can be kept.</summary>
public sealed class DenseMethod : ISparseMethod
{
    private readonly MethodSetting lockZeros = Setting.Of("dense", "lockZeros", false, "Whether weights that are zero stay zero.");

    /// <inheritdoc/>
    public string Name => "dense";

    /// <inheritdoc/>
    public string Description => "Plain training; with lockZeros the zeros that the model has stay.";

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => [lockZeros];

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        if (context.Targets.Any)
        {
            throw new InvalidInputException("no-target", "Plain training has no target.")
            {
                File = "--method",
                Found = "dense with a target",
                Expected = "a method that makes sparse",
                Hint = "Choose neuroprune, l1 or magnitude, or leave out the target.",
            };
        }

        var options = new SparsityOptions { LockZeros = context.Settings.Flag(lockZeros) };
        return new SparseTrainingHook(context, options) { Fingerprint = Fingerprints.Of(this, context) };
    }
}
