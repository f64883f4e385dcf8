using Sparsum.Pruning.Measures;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining.Targets;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>The settings of <see cref="SparsityOptions"/> under the name of a method.</summary>
internal sealed class SparsitySettings
{
    private static readonly SparsityOptions Defaults = new();
    private readonly MethodSetting epsilon;
    private readonly MethodSetting denominator;
    private readonly MethodSetting targetMode;
    private readonly MethodSetting rampShare;
    private readonly MethodSetting rampEvents;
    private readonly MethodSetting controllerStrength;
    private readonly MethodSetting lockZeros;

    public SparsitySettings(string method)
    {
        epsilon = Setting.Of(method, "epsilon", Defaults.Epsilon, "Magnitudes below this are near zero.");
        denominator = Setting.Of(
            method, "sparsityDenominator", Defaults.Denominator, "Which weights a sparsity is a share of: regularised, plusOutput, cofiPrunable or all.");
        targetMode = Setting.Of(method, "targetMode", Defaults.TargetMode, "How --sparsity is reached: ramp, controller or quantile.");
        rampShare = Setting.Of(method, "rampShare", Defaults.RampShare, "Share of the steps after which the ramp has reached its target.");
        rampEvents = Setting.Of(method, "rampEvents", Defaults.RampEvents, "Times that the ramp moves on.");
        controllerStrength = Setting.Of(
            method, "controllerStrength", Defaults.ControllerStrength, "How fast the penalties follow the ramp; 0 leaves them as they are.");
        lockZeros = Setting.Of(method, "lockZeros", Defaults.LockZeros, "Whether weights that are zero, after an epoch near zero, stay zero.");
    }

    public IReadOnlyList<MethodSetting> All => [epsilon, denominator, targetMode, rampShare, rampEvents, controllerStrength, lockZeros];

    public SparsityOptions Read(MethodSettings settings) => new()
    {
        Epsilon = settings.Number(epsilon, double.Epsilon, float.MaxValue),
        Denominator = settings.Choice<SparsityScope>(denominator),
        TargetMode = settings.Choice<TargetMode>(targetMode),
        RampShare = settings.Number(rampShare, 0, 1),
        RampEvents = settings.Integer(rampEvents, 1),
        ControllerStrength = settings.Number(controllerStrength, 0, double.MaxValue),
        LockZeros = settings.Flag(lockZeros),
    };
}
