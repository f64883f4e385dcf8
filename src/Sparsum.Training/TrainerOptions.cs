using Sparsum.Training.Optimization;
using Sparsum.Training.Schedules;

namespace Sparsum.Training;

/// <summary>How a <see cref="Trainer"/> runs.</summary>
public sealed record TrainerOptions
{
    /// <summary>Times every example is seen.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Optimiser steps after which the run ends even within an epoch, and the schedule with it; null runs all epochs.</summary>
    public int? MaximumSteps { get; init; }

    /// <summary>The full learning rate.</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>How the rate goes on after warm-up.</summary>
    public ScheduleShape Schedule { get; init; }

    /// <summary>Optimiser steps of warm-up.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>
    /// Examples that pass through the model at once; the gradients of a larger batch are accumulated, with the same mean. Null passes whole
    /// batches.
    /// </summary>
    public int? MicroBatchSize { get; init; }

    /// <summary>
    /// Whether what only gradients still need is kept in bfloat16, in half of the memory. Losses and evaluations are not touched; gradients are
    /// those at values that are rounded by at most 2^-9 of themselves.
    /// </summary>
    public bool RoundsActivations { get; init; }

    /// <summary>
    /// Whether only what goes into each block is kept, and backward computes the block again: less memory for about a third more time, the same
    /// gradients to the bit. Only together with <see cref="RoundsActivations"/> do they differ, as blocks then start from rounded states.
    /// </summary>
    public bool Recomputes { get; init; }

    /// <summary>The share of every target that all tokens or classes have alike, from 0 to below 1 (Szegedy et al. 2016).</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Seed of dropout.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>How the optimiser steps.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>The file where the state of the run is kept, to be resumed from; null keeps none.</summary>
    public string? CheckpointFile { get; init; }

    /// <summary>Optimiser steps between two checkpoints; null writes one after every epoch only.</summary>
    public int? CheckpointSteps { get; init; }
}
