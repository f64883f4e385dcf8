namespace Sparsum.Reporting.Records;

/// <summary>What a <c>prune</c>, <c>compact</c> or <c>train</c> run measured of its output right after itself; null is what it did not measure.</summary>
public sealed record VerdictRecord
{
    /// <summary>What the output is compared with.</summary>
    public string? Before { get; init; }

    /// <summary>Whether it pays: <c>yes</c>, <c>inPart</c>, <c>notYet</c> or <c>no</c>.</summary>
    public string? Pays { get; init; }

    /// <summary>The verdict in words.</summary>
    public string? Sentence { get; init; }

    /// <summary>Bytes of the weights before.</summary>
    public long? BytesBefore { get; init; }

    /// <summary>Bytes of the weights of the output.</summary>
    public long? BytesNow { get; init; }

    /// <summary>What they would come to once compacted.</summary>
    public long? BytesCompacted { get; init; }

    /// <summary>Times of whole sequences of the output.</summary>
    public TimesRecord? Prefill { get; init; }

    /// <summary>Median time of whole sequences before.</summary>
    public double? PrefillMillisecondsBefore { get; init; }

    /// <summary>Times of one more token of the output.</summary>
    public TimesRecord? Decode { get; init; }

    /// <summary>Median time of one more token before.</summary>
    public double? DecodeMillisecondsBefore { get; init; }

    /// <summary>Peak memory before.</summary>
    public long? PeakBytesBefore { get; init; }

    /// <summary>Peak memory of the output.</summary>
    public long? PeakBytesNow { get; init; }

    /// <summary>What quality is measured by.</summary>
    public string? Metric { get; init; }

    /// <summary>Quality before.</summary>
    public double? QualityBefore { get; init; }

    /// <summary>Quality of the output.</summary>
    public double? QualityNow { get; init; }

    /// <summary>Whether quality differs by more than the noise; null where the record does not say.</summary>
    public bool? IsQualityDifferent { get; init; }

    /// <summary>What quality was measured on.</summary>
    public string? QualityData { get; init; }

    /// <summary>What was not measured, and why.</summary>
    public IReadOnlyList<(string What, string Why)> NotMeasured { get; init; } = [];
}
