using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>How <see cref="DsnotRefinement"/> refines.</summary>
public sealed record DsnotOptions : IMethodOptions
{
    private const double PublishedSequenceLength = 2048;

    /// <summary>What the published code does.</summary>
    public static DsnotOptions Published { get; } = new() { Compatible = true };

    /// <summary>Most exchanges in a row.</summary>
    [Description("most exchanges in a row")]
    public int Cycles { get; init; } = 50;

    /// <summary>A row stops when its error is not above this, in units of outputs summed over a sequence.</summary>
    [Description("a row is done when its expected output, summed over a sequence, is as close as this to the dense one")]
    public double Threshold { get; init; } = 0.1;

    /// <summary>Power of the variance by which the contributions of pruned weights are divided for ranking.</summary>
    [Description("power of an input's variance that lowers its rank among weights to restore")]
    public double VariancePower { get; init; } = 1;

    /// <summary>Whether an exchange that turns the sign of the error is refused.</summary>
    [Description("refuse an exchange that turns the sign of a row's error; always so with a pattern")]
    public bool SameSign { get; init; }

    /// <summary>Whether MLP layers keep their initial masks.</summary>
    [Description("leave the masks of MLP layers as they are")]
    public bool SkipMlp { get; init; } = true;

    /// <summary>
    /// Whether the threshold is meant for sequences of 2048 tokens and scaled to others, since the error grows with their length; null for
    /// yes, unless <see cref="Compatible"/>.
    /// </summary>
    [Description("take the threshold for sequences of 2048 tokens and scale it to others; auto does unless compatible")]
    public bool? ScaleThreshold { get; init; }

    /// <summary>
    /// Whether everything is done as the published code does it: the threshold is taken as it is, and rows that run out of weights to
    /// exchange go on with what its indices then point to.
    /// </summary>
    [Description("do literally what the published code does: threshold not scaled, and its way when a row runs out of weights")]
    public bool Compatible { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(Cycles >= 0, "dsnot.cycles", Cycles, "a whole number of at least 0");
        SettingText.Require(Threshold >= 0, "dsnot.threshold", Threshold, "a number of at least 0");
        SettingText.Require(VariancePower >= 0, "dsnot.variance-power", VariancePower, "a number of at least 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(Cycles), Cycles),
        (nameof(Threshold), Threshold),
        (nameof(VariancePower), VariancePower),
        (nameof(SameSign), SameSign),
        (nameof(SkipMlp), SkipMlp),
        (nameof(ScaleThreshold), ScaleThreshold),
        (nameof(Compatible), Compatible));

    /// <summary>The threshold for sequences of a length.</summary>
    internal double ThresholdFor(double sequenceLength) =>
        ScaleThreshold ?? !Compatible ? Threshold * sequenceLength / PublishedSequenceLength : Threshold;
}
