namespace Sparsum.Training.Pretraining;

/// <summary>How text becomes training and validation sequences.</summary>
public sealed record PretrainingTextOptions
{
    /// <summary>Most tokens of a sequence.</summary>
    public int SequenceLength { get; init; } = 128;

    /// <summary>Sequences of one optimiser step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Share of the sequences that are kept back for validation where there is no text of its own for it.</summary>
    public double ValidationShare { get; init; }

    /// <summary>Seed of shuffling, masking and of what is kept back.</summary>
    public ulong Seed { get; init; }
}
