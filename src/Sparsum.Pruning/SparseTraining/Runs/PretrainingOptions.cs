using Sparsum.Core;
using Sparsum.Training.Schedules;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>How <see cref="Pretrainer"/> trains.</summary>
public sealed record PretrainingOptions : TrainingRunOptions
{
    private const int DefaultSequenceLength = 128;

    /// <summary>The defaults: a cosine after a short warm-up, with some weight decay.</summary>
    public PretrainingOptions() => (Schedule, Warmup, WeightDecay) = (ScheduleShape.Cosine, 0.05, 0.01);

    /// <summary>Name of what to learn (<see cref="Training.Pretraining.PretrainingObjective.All"/>); null for what the architecture has a head for.</summary>
    public string? Objective { get; init; }

    /// <summary>Whether learned positions start as sinusoidal ones, which are learned from much sooner.</summary>
    public bool SinusoidalPositions { get; init; }

    /// <summary>Whether the weights beside the configuration are trained further instead of random ones.</summary>
    public bool ContinuesWeights { get; init; }

    /// <summary>The folder of the tokenizer; null for that of the configuration.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Learns a tokenizer from the text instead; the model's vocabulary follows it. Null learns none.</summary>
    public ITokenizerTrainer? TokenizerTrainer { get; init; }

    /// <summary>Tokens of a tokenizer that is learned, special ones included.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Without a text to validate on: the share of the sequences that is kept back for it.</summary>
    public double ValidationShare { get; init; }

    /// <summary>Tokens per sequence; null for 128, or what the model takes if that is less.</summary>
    public int? SequenceLength { get; init; }

    /// <summary>Sequences per step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Passes over the text; null for one, or as many as the steps take.</summary>
    public int? Epochs { get; init; }

    /// <summary>Optimiser steps; null goes by epochs.</summary>
    public int? Steps { get; init; }

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Element type of the saved weights: F32, F16 or BF16; training itself is in float32.</summary>
    public TensorDataType SavedType { get; init; } = TensorDataType.F32;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(VocabularySize >= 1, "vocabulary-size", VocabularySize, "a whole number of at least 1");
        Require(ValidationShare is >= 0 and < 1, "validation-share", ValidationShare, "a number in [0, 1)");
        Require(SequenceLength is null or >= 3, "sequence-length", SequenceLength, "a whole number of at least 3");
        RequireCount(BatchSize, "batch-size");
        RequireSmallerParts(BatchSize);
        RequireCount(Epochs, "epochs");
        RequireCount(Steps, "steps");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), "learning-rate", LearningRate, "a number above 0");
        Require(
            SavedType is TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16, "dtype", SavedType, "float32, float16 or bfloat16");
        RequireOne(Steps is not null && Epochs is not null, "steps", "epochs", "The length of a run is given in epochs or in steps.");
        RequireOne(SinusoidalPositions && ContinuesWeights, "positions", "continue", "Trained weights have their positions.");
        RequireOne(
            TokenizerTrainer is not null && (Tokenizer is not null || ContinuesWeights),
            "train-tokenizer",
            ContinuesWeights ? "continue" : "tokenizer",
            "A tokenizer is either named or learned, and trained weights have theirs.");
    }

    /// <summary>Tokens per sequence of a model with so many positions.</summary>
    /// <exception cref="InvalidInputException">They are more than that.</exception>
    internal int LengthFor(int positions)
    {
        if (SequenceLength > positions)
        {
            throw new InvalidInputException("invalid-option", "The sequences are longer than the model can read.")
            {
                Option = "sequence-length",
                Found = $"{SequenceLength}",
                Expected = $"at most {positions}, the positions of the model",
                Hint = "Raise max_position_embeddings, or shorten the sequences.",
            };
        }

        return SequenceLength ?? Math.Min(DefaultSequenceLength, positions);
    }

    private static void RequireOne(bool isConflict, string option, string other, string message)
    {
        if (isConflict)
        {
            throw new InvalidInputException("conflicting-options", message)
            {
                Option = option,
                Found = $"`{other}` together with `{option}`",
                Hint = "Leave out one of the two.",
            };
        }
    }
}
