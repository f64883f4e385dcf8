using Sparsum.Training.Pretraining;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>What <see cref="Pretrainer"/> came to.</summary>
public sealed record PretrainingResult : RunResult
{
    /// <summary>What was learned.</summary>
    public required string Objective { get; init; }

    /// <summary>Tokens per sequence.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Parameters of the model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Tokens of one epoch.</summary>
    public required long TokensPerEpoch { get; init; }

    /// <summary>Tokens that went through the model.</summary>
    public required long TokensSeen { get; init; }

    /// <summary>Sequences that were validated on.</summary>
    public required int ValidationSequences { get; init; }

    /// <summary>How well the result knows them; null where nothing was kept back.</summary>
    public required LanguageModelScore? Validation { get; init; }

    /// <summary>Where the tokenizer comes from.</summary>
    public required TokenizerOrigin Tokenizer { get; init; }
}

/// <summary>Where a tokenizer comes from.</summary>
/// <param name="Source">The folder that it was copied from; null where it was learned from the training text.</param>
/// <param name="Kind">What kind it is.</param>
/// <param name="VocabularySize">Its tokens.</param>
public sealed record TokenizerOrigin(string? Source, string Kind, int VocabularySize)
{
    /// <summary>Joins that were learned.</summary>
    public int? Merges { get; init; }

    /// <summary>How often the rarest join occurs in the text.</summary>
    public long? RarestMerge { get; init; }

    /// <summary>Whether upper case becomes lower case; null where it was not learned.</summary>
    public bool? LowerCases { get; init; }
}
