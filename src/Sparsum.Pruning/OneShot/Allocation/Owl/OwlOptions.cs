using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Allocation.Owl;

/// <summary>The settings of <see cref="OwlAllocation"/>.</summary>
public sealed record OwlOptions : IMethodOptions
{
    /// <summary>The choices of OWL's own code, which deletes a block rather than clip its ratio: such a run is refused.</summary>
    public static OwlOptions Published { get; } = new() { ClipHigh = false };

    /// <summary>A score is an outlier above this many times the mean score of its block (eq. 1).</summary>
    [Description("a score is an outlier above this many times the mean score of its block")]
    public double M { get; init; } = 5;

    /// <summary>
    /// Half the width of the range of ratios, <c>λ</c>, or with a pattern the range of pruned weights per group; null for 0.08, or with a
    /// pattern 2.
    /// </summary>
    [Description("half the width of the range of ratios, or the range of a pattern's pruned weights per group; auto is 0.08 or 2")]
    public double? Lambda { get; init; }

    /// <summary>Whether ratios from 1 on become 0.99; otherwise they are refused.</summary>
    [Description("whether ratios from 1 on become 0.99; otherwise they are refused")]
    public bool ClipHigh { get; init; } = true;

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(M >= 0, "owl.m", M, "a number of at least 0");
        SettingText.Require(Lambda is not { } lambda || lambda >= 0, "owl.lambda", Lambda, "a number of at least 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() =>
        SettingText.Of((nameof(M), M), (nameof(Lambda), Lambda), (nameof(ClipHigh), ClipHigh));
}
