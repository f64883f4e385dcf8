namespace Sparsum.Training.Data;

/// <summary>How examples become batches.</summary>
public sealed record DataOptions
{
    /// <summary>Examples of one optimiser step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Batches that are sorted by length together; 1 does not look at lengths.</summary>
    public int BucketBatches { get; init; } = 50;

    /// <summary>
    /// Most tokens of a batch, as its examples times the longest source or target among them, instead of batches of one size: the same
    /// batches in every epoch, in another order. Null goes by <see cref="BatchSize"/> alone, which else is the most examples of a batch.
    /// </summary>
    public int? BatchTokens { get; init; }

    /// <summary>Seed of the shuffling.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The token that fills short rows.</summary>
    public int PaddingToken { get; init; }
}
