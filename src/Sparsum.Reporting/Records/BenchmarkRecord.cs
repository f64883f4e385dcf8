namespace Sparsum.Reporting.Records;

/// <summary>One model of a <c>bench</c> run.</summary>
public sealed record BenchmarkRecord
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Bytes of its folder.</summary>
    public long? BytesOnDisk { get; init; }

    /// <summary>Peak memory.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Median time of a pass.</summary>
    public double? MedianMilliseconds { get; init; }

    /// <summary>Fastest pass.</summary>
    public double? MinMilliseconds { get; init; }

    /// <summary>Slowest pass.</summary>
    public double? MaxMilliseconds { get; init; }

    /// <summary>Throughput.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>How many times faster than the baseline.</summary>
    public double? Ratio { get; init; }

    /// <summary>Whether the ratio is beyond the noise of the run; null where the record does not say.</summary>
    public bool? IsDifferent { get; init; }

    /// <summary>What was timed, if the record says.</summary>
    public string? Kind { get; init; }
}
