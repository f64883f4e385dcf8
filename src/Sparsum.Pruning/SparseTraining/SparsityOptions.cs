using System.ComponentModel;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>How zeros are counted, reached and kept, whatever presses on the weights: the settings that methods with zeros share.</summary>
public abstract record SparsityOptions : IMethodOptions
{
    /// <summary>A weight is near zero when its magnitude is below this.</summary>
    [Description("magnitudes below this are near zero")]
    public double Epsilon { get; init; } = 1e-4;

    /// <summary>The weights that a sparsity is a share of.</summary>
    [Description("which weights a sparsity is a share of: regularised, plus-output, cofi-prunable or all")]
    public SparsityScope SparsityDenominator { get; init; }

    /// <summary>How a target is reached.</summary>
    [Description("how a sparsity is reached: steered (penalties and redundant heads first), ramp, controller or quantile")]
    public TargetMode TargetMode { get; init; }

    /// <summary>Share of the steps after which a ramp has reached its target; the rest trains what is left.</summary>
    [Description("share of the steps after which the ramp has reached its target")]
    public double RampShare { get; init; } = 0.7;

    /// <summary>Times that ramp and controller move on.</summary>
    [Description("times that ramp and controller move on")]
    public int RampEvents { get; init; } = 50;

    /// <summary>κ of the controller; 0 leaves the factors as they are, null is 1 where they are steered and 5 otherwise.</summary>
    [Description("how fast the penalties follow; 0 leaves them as they are; auto is 1 where they are steered, else 5")]
    public double? ControllerStrength { get; init; }

    /// <summary>Whether weights that are exactly zero stay zero, and without a target near-zero ones become so after every epoch.</summary>
    [Description("whether weights that are zero, after an epoch near zero, stay zero")]
    public bool LockZeros { get; init; }

    /// <summary>The method, for errors.</summary>
    private protected abstract string Method { get; }

    /// <inheritdoc/>
    public virtual void Validate()
    {
        Require(Epsilon is > 0 and <= float.MaxValue, nameof(Epsilon), Epsilon, "a number above 0");
        Require(RampShare is >= 0 and <= 1, nameof(RampShare), RampShare, "a number from 0 to 1");
        Require(RampEvents >= 1, nameof(RampEvents), RampEvents, "a whole number of at least 1");
        Require(IsFactor(ControllerStrength), nameof(ControllerStrength), ControllerStrength, "a number of at least 0");
    }

    /// <inheritdoc/>
    public abstract IReadOnlyDictionary<string, string> ToSettings();

    /// <summary>The shared settings with those of a method.</summary>
    private protected IReadOnlyDictionary<string, string> With(params IReadOnlyList<(string Property, object? Value)> own) => SettingText.Of(
    [
        .. own,
        (nameof(Epsilon), Epsilon),
        (nameof(SparsityDenominator), SparsityDenominator),
        (nameof(TargetMode), TargetMode),
        (nameof(RampShare), RampShare),
        (nameof(RampEvents), RampEvents),
        (nameof(ControllerStrength), ControllerStrength),
        (nameof(LockZeros), LockZeros),
    ]);

    /// <summary>Refuses a value of a setting.</summary>
    private protected void Require(bool isValid, string property, object? value, string expected) =>
        SettingText.Require(isValid, $"{Method}.{SettingText.NameOf(property)}", value, expected);

    /// <summary>Whether a number can multiply a penalty.</summary>
    private protected static bool IsFactor(double? value) => value is null or (>= 0 and <= double.MaxValue);
}
