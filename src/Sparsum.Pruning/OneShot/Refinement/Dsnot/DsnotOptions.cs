using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>How DSnoT refines.</summary>
internal sealed record DsnotOptions
{
    private static readonly MethodSetting CyclesSetting = new("dsnot.cycles", "50", "most exchanges in a row");

    private static readonly MethodSetting ThresholdSetting = new(
        "dsnot.threshold", "0.1", "a row is done when its expected output, summed over a sequence, is as close as this to the dense one");

    private static readonly MethodSetting VariancePowerSetting = new(
        "dsnot.variance-power", "1", "power of an input's variance that lowers its rank among weights to restore");

    private static readonly MethodSetting SameSignSetting = new(
        "dsnot.same-sign", "false", "refuse an exchange that turns the sign of a row's error; always so with a pattern");

    private static readonly MethodSetting SkipMlpSetting = new("dsnot.skip-mlp", "true", "leave the masks of MLP layers as they are");

    private static readonly MethodSetting ScaleThresholdSetting = new(
        "dsnot.scale-threshold", "true", "take the threshold for sequences of 2048 tokens and scale it to others");

    private static readonly MethodSetting CompatibleSetting = new(
        "dsnot.compatible", "false", "do literally what the published code does when a row runs out of weights to exchange");

    /// <summary>All settings.</summary>
    public static IReadOnlyList<MethodSetting> Settings { get; } =
    [
        CyclesSetting, ThresholdSetting, VariancePowerSetting, SameSignSetting, SkipMlpSetting, ScaleThresholdSetting, CompatibleSetting,
    ];

    /// <summary>Most exchanges in a row.</summary>
    public int Cycles { get; init; } = 50;

    /// <summary>A row stops when its error is not above this, in units of outputs summed over a sequence.</summary>
    public double Threshold { get; init; } = 0.1;

    /// <summary>Power of the variance by which the contributions of pruned weights are divided for ranking.</summary>
    public double VariancePower { get; init; } = 1;

    /// <summary>Whether an exchange that turns the sign of the error is refused.</summary>
    public bool SameSign { get; init; }

    /// <summary>Whether MLP layers keep their initial masks.</summary>
    public bool SkipMlp { get; init; } = true;

    /// <summary>Whether the threshold is meant for sequences of 2048 tokens and scaled to others, since the error grows with their length.</summary>
    public bool ScaleThreshold { get; init; } = true;

    /// <summary>Whether rows that run out of candidates are treated as the published code does.</summary>
    public bool Compatible { get; init; }

    /// <summary>Takes the settings of a run.</summary>
    public static DsnotOptions Read(MethodSettings settings) => new()
    {
        Cycles = settings.Integer(CyclesSetting, least: 0),
        Threshold = settings.Number(ThresholdSetting, least: 0),
        VariancePower = settings.Number(VariancePowerSetting, least: 0),
        SameSign = settings.Flag(SameSignSetting),
        SkipMlp = settings.Flag(SkipMlpSetting),
        ScaleThreshold = settings.Flag(ScaleThresholdSetting),
        Compatible = settings.Flag(CompatibleSetting),
    };

    /// <summary>The threshold for sequences of a length.</summary>
    public double ThresholdFor(double sequenceLength) => ScaleThreshold ? Threshold * sequenceLength / 2048 : Threshold;
}
