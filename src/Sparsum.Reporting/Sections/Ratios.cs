using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>How many times faster a model is than the baseline of its run, with the interval that the run gives.</summary>
internal static class Ratios
{
    /// <summary>What stands in the place of a ratio that is within the noise.</summary>
    public const string NotMeasurable = "within the noise";

    /// <summary>Whether the run could tell the model from its baseline, or does not say that it could not.</summary>
    public static bool IsTold(TimesRecord times) => times.Ratio is not null && (times.IsDifferent != false || IsOfFewPasses(times));

    /// <summary>The ratio by which models are put in order: one that is within the noise is none.</summary>
    public static double Rank(TimesRecord times) => IsTold(times) ? times.Ratio!.Value : 1;

    /// <summary>The ratio as text.</summary>
    public static string Format(TimesRecord? times) => times?.Ratio is null ? Figures.NotMeasured
        : !IsTold(times) ? NotMeasurable
        : IsOfFewPasses(times) ? $"{Figures.Ratio(times.Ratio)} (few passes)"
        : Figures.Ratio(times.Ratio);

    /// <summary>The interval as text; empty where the record has none.</summary>
    public static string Interval(TimesRecord? times) => times is { Ratio: not null, MinRatio: { } low, MaxRatio: { } high } ? $"{Figures.Ratio(low)} – {Figures.Ratio(high)}" : "";

    /// <summary>The run had too few passes to tell for certain, although all of them went one way.</summary>
    private static bool IsOfFewPasses(TimesRecord times) => times is { IsDifferent: false, MinRatio: > 1 } or { IsDifferent: false, MaxRatio: < 1 };
}
