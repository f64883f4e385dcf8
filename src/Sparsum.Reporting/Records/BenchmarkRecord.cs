namespace Sparsum.Reporting.Records;

/// <summary>One model of a <c>bench</c> run.</summary>
public sealed record BenchmarkRecord
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Bytes of its folder.</summary>
    public long? BytesOnDisk { get; init; }

    /// <summary>Bytes of its weight files.</summary>
    public long? WeightBytesOnDisk { get; init; }

    /// <summary>Peak memory.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Times of whole sequences; null where the record has none.</summary>
    public TimesRecord? Prefill { get; init; }

    /// <summary>Times of one more token; null where the record has none.</summary>
    public TimesRecord? Decode { get; init; }

    /// <summary>How the matrices were held in memory while they were timed, with how many were held so; empty where the record does not say.</summary>
    public IReadOnlyList<(string Storage, long Matrices)> Storages { get; init; } = [];
}
