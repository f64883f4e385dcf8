namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>What a run was like at one moment: at the end of an epoch, or between two steps where it was measured.</summary>
public sealed record TrainingEvaluation
{
    /// <summary>The epoch that ended, from 1; null within an epoch.</summary>
    public int? Epoch { get; init; }

    /// <summary>Optimiser steps so far.</summary>
    public required int Step { get; init; }

    /// <summary>Mean loss of the epoch's batches; null within an epoch.</summary>
    public double? Loss { get; init; }

    /// <summary>Seconds that the epoch trained, measuring left out; null within an epoch and without a clock.</summary>
    public double? Seconds { get; init; }

    /// <summary>Mean norm over the epoch's steps of the gradient of the loss alone; null within an epoch.</summary>
    public double? TaskGradientNorm { get; init; }

    /// <summary>The same of the gradient with penalties.</summary>
    public double? TotalGradientNorm { get; init; }

    /// <summary>What was measured on the data that was kept back, by name; empty where nothing was.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The one figure by which states are compared; null where nothing was measured.</summary>
    public double? Score { get; init; }

    /// <summary>Share of the regularised weights that are near zero or removed.</summary>
    public double Sparsity { get; init; }

    /// <summary>Heads that work, over all attention modules.</summary>
    public int Heads { get; init; }

    /// <summary>Intermediate neurons that are there, over all blocks.</summary>
    public int Neurons { get; init; }

    /// <summary>What was in force: <see cref="ISparsifier.Strengths"/>.</summary>
    public IReadOnlyDictionary<string, double> Strengths { get; init; } = new Dictionary<string, double>();

    /// <summary>Whether the state was kept as the best so far.</summary>
    public bool IsBest { get; init; }
}
