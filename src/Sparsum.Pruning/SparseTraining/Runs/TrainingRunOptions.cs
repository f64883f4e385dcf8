using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Methods;
using Sparsum.Tensors.Optimization;
using Sparsum.Training;
using Sparsum.Training.Optimization;
using Sparsum.Training.Schedules;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>What runs have in common, whatever a model is trained on.</summary>
public abstract record TrainingRunOptions
{
    /// <summary>What makes the model sparse; plain training unless given.</summary>
    public ISparseMethod Method { get; init; } = new DenseMethod();

    /// <summary>What the run is to end with, exactly; without any the strength of the method decides.</summary>
    public SparseTargets Targets { get; init; } = new();

    /// <summary>Examples that pass through the model at once; null passes whole batches.</summary>
    public int? MicroBatchSize { get; init; }

    /// <inheritdoc cref="TrainerOptions.RoundsActivations"/>
    public bool RoundsActivations { get; init; }

    /// <inheritdoc cref="TrainerOptions.Recomputes"/>
    public bool Recomputes { get; init; }

    /// <summary>How the learning rate goes on after warm-up.</summary>
    public ScheduleShape Schedule { get; init; }

    /// <summary>Share of the steps over which the learning rate rises, from 0 to 1.</summary>
    public double Warmup { get; init; }

    /// <summary>Steps over which the learning rate rises, which count before <see cref="Warmup"/>; null goes by that.</summary>
    public int? WarmupSteps { get; init; }

    /// <summary>The share of every target that all tokens or classes have alike, from 0 to below 1 (Szegedy et al. 2016, section 7).</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How fast Adam forgets gradients and their squares, each in [0, 1).</summary>
    public (double First, double Second) AdamBetas { get; init; } = (0.9, 0.999);

    /// <summary>Decoupled weight decay of matrices and embeddings.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The norm that all gradients together are clipped to; null does not clip.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>Optimiser steps between two checkpoints; null writes one after every epoch only.</summary>
    public int? CheckpointSteps { get; init; }

    /// <summary>Seed of shuffles, dropout, fresh weights, and what the method draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Refuses numbers that mean nothing.</summary>
    /// <exception cref="InvalidInputException">One is out of range: <c>invalid-option</c>.</exception>
    public virtual void Validate()
    {
        Require(Targets.Sparsity is null or (>= 0 and < 1), "sparsity", Targets.Sparsity, "a number in [0, 1)");
        Require(Targets.Heads is null or >= 1, "heads", Targets.Heads, "a whole number of at least 1");
        RequireCount(MicroBatchSize, "micro-batch-size");
        Require(Warmup is >= 0 and <= 1, "warmup", Warmup, "a number in [0, 1]");
        Require(WarmupSteps is null or >= 0, "warmup-steps", WarmupSteps, "a whole number of at least 0");
        Require(LabelSmoothing is >= 0 and < 1, "label-smoothing", LabelSmoothing, "a number in [0, 1)");
        Require(AdamBetas is { First: >= 0 and < 1, Second: >= 0 and < 1 }, "adam-betas", $"{AdamBetas.First},{AdamBetas.Second}", "two numbers in [0, 1)");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), "weight-decay", WeightDecay, "a number of at least 0");
        Require(MaxGradientNorm is null or > 0, "max-gradient-norm", MaxGradientNorm, "a number above 0");
        RequireCount(CheckpointSteps, "checkpoint-steps");
    }

    /// <summary>Refuses parts of a batch that are larger than it.</summary>
    private protected void RequireSmallerParts(int batchSize) =>
        Require(MicroBatchSize is null || MicroBatchSize <= batchSize, "micro-batch-size", MicroBatchSize, $"at most {batchSize}, the size of a batch");

    /// <summary>How the trainer runs.</summary>
    /// <exception cref="InvalidInputException">The warm-up is longer than the run.</exception>
    internal TrainerOptions ToTrainer(int epochs, double learningRate, long totalSteps, int? maximumSteps = null) => new()
    {
        Epochs = epochs,
        MaximumSteps = maximumSteps,
        LearningRate = learningRate,
        Schedule = Schedule,
        WarmupSteps = WarmupOf(maximumSteps ?? totalSteps),
        LabelSmoothing = LabelSmoothing,
        MicroBatchSize = MicroBatchSize,
        RoundsActivations = RoundsActivations,
        Recomputes = Recomputes,
        Seed = Seed,
        Optimizer = new OptimizerOptions
        {
            AdamW = new AdamWOptions { Beta1 = AdamBetas.First, Beta2 = AdamBetas.Second },
            WeightDecay = WeightDecay,
            MaxGradientNorm = MaxGradientNorm,
        },
        CheckpointSteps = CheckpointSteps,
    };

    private int WarmupOf(long totalSteps)
    {
        Require(WarmupSteps is null || WarmupSteps <= totalSteps, "warmup-steps", WarmupSteps, $"at most {totalSteps}, the steps of the run");
        return WarmupSteps ?? (int)(Warmup * totalSteps);
    }

    /// <summary>Refuses a count below 1.</summary>
    private protected static void RequireCount(int? value, string option) =>
        Require(value is null or >= 1, option, value, "a whole number of at least 1");

    /// <summary>Refuses a value of an option.</summary>
    private protected static void Require(bool isValid, string option, object? value, string expected)
    {
        if (!isValid)
        {
            throw new InvalidInputException("invalid-option", $"The option `{option}` cannot be {SettingText.Format(value)}.")
            {
                Option = option,
                Found = SettingText.Format(value),
                Expected = expected,
            };
        }
    }
}
