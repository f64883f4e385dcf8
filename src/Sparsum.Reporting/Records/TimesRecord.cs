namespace Sparsum.Reporting.Records;

/// <summary>Times of one kind of pass of a model that a <c>bench</c> run measured; null is what the record does not say.</summary>
public sealed record TimesRecord
{
    /// <summary>Median time of a pass.</summary>
    public double? MedianMilliseconds { get; init; }

    /// <summary>A quarter of the passes is faster.</summary>
    public double? LowerQuartileMilliseconds { get; init; }

    /// <summary>A quarter of the passes is slower.</summary>
    public double? UpperQuartileMilliseconds { get; init; }

    /// <summary>Fastest pass.</summary>
    public double? MinMilliseconds { get; init; }

    /// <summary>Slowest pass.</summary>
    public double? MaxMilliseconds { get; init; }

    /// <summary>Throughput.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>How many times faster than the baseline.</summary>
    public double? Ratio { get; init; }

    /// <summary>Lower end of the interval of that ratio.</summary>
    public double? MinRatio { get; init; }

    /// <summary>Upper end of that interval.</summary>
    public double? MaxRatio { get; init; }

    /// <summary>Whether the ratio is beyond the noise of the run; null where the record does not say.</summary>
    public bool? IsDifferent { get; init; }
}
