namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>
/// The stretched and clipped binary concrete distribution (Louizos et al. 2018) between -0.1 and 1.1, by its log-alpha a: a gate that is exactly
/// 0 or 1 with a probability, and yet has a gradient.
/// </summary>
/// <param name="temperature">τ: the lower, the more gates are 0 or 1.</param>
internal readonly struct HardConcrete(double temperature)
{
    /// <summary>Probabilities and uniform numbers keep this far from 0 and 1.</summary>
    public const double Edge = 1e-6;

    private const double Low = -0.1;
    private const double High = 1.1;

    /// <summary><c>-τ·ln(-l/r)</c>: the probability of being open is <c>σ(a + shift)</c>.</summary>
    private readonly double shift = -temperature * Math.Log(-Low / High);

    /// <summary>A gate, <c>clip(1.2·σ((ln u - ln(1-u) + a) / τ) - 0.1, 0, 1)</c>.</summary>
    /// <param name="a">Its log-alpha.</param>
    /// <param name="u">A uniform number, from above 0 to below 1.</param>
    public double Gate(double a, double u) => Stretch(Soft(a, u));

    /// <summary><c>∂gate/∂a</c>.</summary>
    /// <inheritdoc cref="Gate"/>
    public double Slope(double a, double u)
    {
        double soft = Soft(a, u);
        return (soft * (High - Low)) + Low is >= 0 and <= 1 ? (High - Low) * soft * (1 - soft) / temperature : 0;
    }

    /// <summary>The probability that the gate is not 0, kept away from 0 and 1.</summary>
    /// <param name="a">Its log-alpha.</param>
    public double Open(double a) => Math.Clamp(Sigmoid(a + shift), Edge, 1 - Edge);

    /// <summary><c>∂open/∂a</c>.</summary>
    /// <inheritdoc cref="Open"/>
    public double OpenSlope(double a)
    {
        double open = Sigmoid(a + shift);
        return open is >= Edge and <= 1 - Edge ? open * (1 - open) : 0;
    }

    /// <summary>From a number between 0 and 1 to a gate.</summary>
    public static double Stretch(double soft) => Math.Clamp((soft * (High - Low)) + Low, 0, 1);

    /// <summary>σ.</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private double Soft(double a, double u) => Sigmoid((Math.Log(u) - Math.Log(1 - u) + a) / temperature);
}
