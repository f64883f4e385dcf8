namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>The lower bound of the values at which the tail of a spectrum may begin.</summary>
public enum LowerCut
{
    /// <summary><c>log10(0.95·x_peak)</c>, a logarithm compared with values, as in the published code: in effect no bound.</summary>
    Published,

    /// <summary><c>0.95·x_peak</c>, which that code seems to mean.</summary>
    Intended,
}
