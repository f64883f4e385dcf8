using Sparsum.Evaluation.Metrics;
using Sparsum.Pruning.SparseTraining.Targets;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>What a run came to, whatever it trained on.</summary>
public abstract record RunResult
{
    /// <summary>The method.</summary>
    public required string Method { get; init; }

    /// <summary>Its settings in force.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The sparsity that was asked for; null without one.</summary>
    public required double? TargetSparsity { get; init; }

    /// <summary>What became of the weights.</summary>
    public required SparsityReport Sparsity { get; init; }

    /// <summary>The course of the run.</summary>
    public required TrainingHistory History { get; init; }

    /// <summary>Optimiser steps of the run.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples or sequences that were trained on.</summary>
    public required int TrainingExamples { get; init; }

    /// <summary>How far the learning rates could carry weights.</summary>
    public required LearningRateBudget Budget { get; init; }

    /// <summary>The share of the regularised weights that was within reach of them.</summary>
    public required double ReachableShare { get; init; }

    /// <summary>What was said about the run: before it, after an epoch, and at its end.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>What <see cref="SparseTrainer"/> came to.</summary>
public sealed record SparseTrainingResult : RunResult
{
    /// <summary>The task.</summary>
    public required string Task { get; init; }

    /// <summary>The options in force: nothing that <see cref="SparseTrainingOptions.Complete"/> fills in is null.</summary>
    public required SparseTrainingOptions Options { get; init; }

    /// <summary>Quality of the result on every split there is: by name, as fractions.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The one figure of them by which runs are compared: of the main split, over its metrics.</summary>
    public double Score => Metrics.TryGetValue(MetricScores.CombinedName, out double combined) ? combined : Metrics.Values.First();

    /// <summary>Examples that it was measured on, of the main split.</summary>
    public required int Examples { get; init; }

    /// <summary>Tells training data from other data.</summary>
    public required string DataFingerprint { get; init; }

    /// <summary>The step whose weights are the result where the best were kept; null else.</summary>
    public required int? BestStep { get; init; }
}
