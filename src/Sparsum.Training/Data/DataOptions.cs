namespace Sparsum.Training.Data;

/// <summary>How examples become batches.</summary>
public sealed record DataOptions
{
    /// <summary>Examples of one optimiser step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Batches that are sorted by length together; 1 does not look at lengths.</summary>
    public int BucketBatches { get; init; } = 50;

    /// <summary>Seed of the shuffling.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The token that fills short rows.</summary>
    public int PaddingToken { get; init; }
}
