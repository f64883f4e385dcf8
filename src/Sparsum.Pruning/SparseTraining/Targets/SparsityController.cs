using Sparsum.Core;

namespace Sparsum.Pruning.SparseTraining.Targets;

/// <summary>
/// Steers the factors of the penalties towards a sparsity in one run: every so often their gain is multiplied by
/// <c>exp(κ · (ramp(t) - sparsity))</c>, where the ramp rises to the target along a cubic (Zhu and Gupta 2018).
/// </summary>
public sealed class SparsityController
{
    /// <summary>The largest gain unless another is given.</summary>
    public const double UsualLargestGain = 1e9;

    private readonly double target;
    private readonly long rampSteps;
    private readonly double strength;
    private readonly double largestGain;

    /// <summary>Creates a controller with gain 1.</summary>
    /// <param name="target">Sparsity to reach, from 0 to below 1.</param>
    /// <param name="rampSteps">Steps in which the ramp reaches the target.</param>
    /// <param name="strength">κ; 0 leaves the gain as it is.</param>
    /// <param name="largestGain">The most that factors are multiplied by.</param>
    /// <exception cref="InvalidInputException">A number is out of range.</exception>
    public SparsityController(double target, long rampSteps, double strength = 1, double largestGain = UsualLargestGain)
    {
        Check(nameof(target), target, target is >= 0 and < 1, "from 0 to below 1");
        Check(nameof(rampSteps), rampSteps, rampSteps > 0, "at least 1");
        Check(nameof(strength), strength, strength >= 0 && double.IsFinite(strength), "from 0 on");
        Check(nameof(largestGain), largestGain, largestGain >= 1, "at least 1");
        this.target = target;
        this.rampSteps = rampSteps;
        this.strength = strength;
        this.largestGain = largestGain;
    }

    /// <summary>The factor by which α and β are multiplied.</summary>
    public double Gain { get; internal set; } = 1;

    /// <summary>
    /// Whether the gain follows a straight line to the target rather than the ramp. A penalty moves weights at the learning rate however strong it
    /// is, so it cannot follow a ramp that is steep at first, and would only be driven to its bound.
    /// </summary>
    public bool IsStraight { get; init; }

    /// <summary>The sparsity wanted after a number of steps: <c>target · (1 - (1 - t / T)³)</c>.</summary>
    public double Ramp(long step)
    {
        double left = 1 - Math.Clamp((double)step / rampSteps, 0, 1);
        return target * (1 - (left * left * left));
    }

    /// <summary>Compares the sparsity after a number of steps with what is wanted by then and returns the new gain.</summary>
    public double Update(long step, double sparsity) =>
        Gain = Math.Clamp(Gain * Math.Exp(strength * ((IsStraight ? Line(step) : Ramp(step)) - sparsity)), 1 / UsualLargestGain, largestGain);

    private double Line(long step) => target * Math.Clamp((double)step / rampSteps, 0, 1);

    private static void Check(string option, double value, bool isSound, string expected)
    {
        if (!isSound)
        {
            throw new InvalidInputException("invalid-option", $"The controller's {option} is not usable.")
            {
                Found = FormattableString.Invariant($"{value}"),
                Expected = expected,
            };
        }
    }
}

/// <summary>
/// How a run gets to the sparsity that was asked for. Each ends with it exactly, unless there are more zeros by then already, which a
/// threshold cannot take back.
/// </summary>
public enum TargetMode
{
    /// <summary>
    /// Penalties and redundant heads first: α, β, λ and θ are steered along a straight line, and nothing is set to zero. In the last third
    /// of the ramp the smallest magnitudes are set to zero to close what is left to the target; then the rest trains for the task alone. A
    /// method without penalties has nothing to steer and goes by <see cref="Ramp"/>.
    /// </summary>
    Steered,

    /// <summary>
    /// A cubic ramp sets the smallest magnitudes to zero and keeps them there while penalties, steered to keep up, decide which are small;
    /// the last part of the run trains what is left. Penalties that write zeros by themselves rest shortly before the end of the ramp, so
    /// that what they hold at zero beyond the target moves again.
    /// </summary>
    Ramp,

    /// <summary>Penalties are steered along the ramp; a magnitude threshold after the last step does the rest.</summary>
    Controller,

    /// <summary>Penalties are what they are; a magnitude threshold after the last step does the rest.</summary>
    Quantile,
}
