namespace Sparsum.Training.Data;

/// <summary>One tokenized example.</summary>
/// <param name="InputIds">Its tokens, special tokens included.</param>
public sealed record TrainingExample(int[] InputIds)
{
    /// <summary>The segment of each token; null means 0 everywhere.</summary>
    public int[]? TokenTypeIds { get; init; }

    /// <summary>What a classifier should say: the index of the class, or the number of a regression.</summary>
    public double? Label { get; init; }

    /// <summary>
    /// What a language model should say, one per token, -100 where nothing is asked. For causal models the entry belongs to the token of
    /// the same place, which the one before predicts.
    /// </summary>
    public int[]? TokenLabels { get; init; }

    /// <summary>What a model with an encoder and a decoder should write for the source that <see cref="InputIds"/> is, its end token included.</summary>
    public int[]? Target { get; init; }
}
