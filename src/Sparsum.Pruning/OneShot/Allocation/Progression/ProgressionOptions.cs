using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Allocation.Progression;

/// <summary>The settings of <see cref="ProgressionAllocation"/>.</summary>
public sealed record ProgressionOptions : IMethodOptions
{
    /// <summary>
    /// What is tried, <c>λ</c>: the first block is pruned to <c>s - λ</c>, the last to <c>s + λ</c>, those between along a line. In the paper's
    /// terms the common difference is <c>β = 2λ/(L - 1)</c>. A negative one prunes the first blocks most. What reaches beyond 0 or 1 is
    /// passed over.
    /// </summary>
    [Description("what is tried, by commas: the first block is pruned to s - lambda, the last to s + lambda")]
    public IReadOnlyList<double> Lambdas { get; init; } = [0, 0.05, 0.1, 0.15, 0.2, 0.25];

    /// <summary>Calibration sequences that trials are pruned and judged on, the first of all.</summary>
    [Description("calibration sequences that trials are pruned and judged on, the first of all")]
    public int Samples { get; init; } = 8;

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(
            Lambdas.Count > 0 && Lambdas.All(lambda => lambda is > -1 and < 1), "progression.lambdas", Lambdas, "numbers above -1 and below 1, separated by commas");
        SettingText.Require(Samples >= 1, "progression.samples", Samples, "a whole number of at least 1");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of((nameof(Lambdas), Lambdas), (nameof(Samples), Samples));
}
