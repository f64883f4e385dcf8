using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>The settings of <see cref="AlphaPruningAllocation"/>.</summary>
public sealed record AlphaPruningOptions : IMethodOptions
{
    /// <summary>The choices of the published code, which lets ratios leave the range from 0 to 1: such a run is refused.</summary>
    public static AlphaPruningOptions Published { get; } = new() { Clip = false };

    /// <summary>Half the width of the range of ratios, as a share of the sparsity, from 0 to 1 (eq. 3).</summary>
    [Description("half the width of the range of ratios, as a share of the sparsity")]
    public double Epsilon { get; init; } = 0.3;

    /// <summary>Whether ratios are kept within 0.01 .. 0.99 and the excess goes to other blocks; otherwise they are refused.</summary>
    [Description("whether ratios are kept within 0.01 .. 0.99 and the excess goes to other blocks")]
    public bool Clip { get; init; } = true;

    /// <summary>The lower bound of where a tail may begin.</summary>
    [Description("published or intended: the lower bound of where a tail may begin")]
    public LowerCut LowerCut { get; init; }

    /// <summary>A JSON file that keeps the exponents of models for later runs; null for none.</summary>
    [Description("a JSON file that keeps the exponents of models for later runs")]
    public string? Cache { get; init; }

    /// <inheritdoc/>
    public void Validate() => SettingText.Require(Epsilon is >= 0 and <= 1, "alphapruning.epsilon", Epsilon, "a number from 0 to 1");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(Epsilon), Epsilon), (nameof(Clip), Clip), (nameof(LowerCut), LowerCut), (nameof(Cache), Cache ?? SettingText.None));
}

/// <summary>The lower bound of the values at which the tail of a spectrum may begin.</summary>
public enum LowerCut
{
    /// <summary><c>log10(0.95·x_peak)</c>, a logarithm compared with values, as in the published code: in effect no bound.</summary>
    Published,

    /// <summary><c>0.95·x_peak</c>, which that code seems to mean.</summary>
    Intended,
}
