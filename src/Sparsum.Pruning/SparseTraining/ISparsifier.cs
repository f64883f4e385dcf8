using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Training;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>
/// A method at work in one run: a hook of the trainer that may remove structure, and at the end writes the zeros. All but
/// <see cref="Finish"/> has a default that suits a method without targets and without heads.
/// </summary>
public interface ISparsifier : ITrainingHook
{
    /// <summary>A weight is near zero, in reports of the run, when its magnitude is below this.</summary>
    double Epsilon => 1e-4;

    /// <summary>What is in force now, by the name of its setting: factors with their gain, bounds.</summary>
    IReadOnlyDictionary<string, double> Strengths => new Dictionary<string, double>();

    /// <summary>The attention modules, and what became of heads that are gone; empty where the method leaves heads alone.</summary>
    IReadOnlyList<HeadHistory> Heads => [];

    /// <summary>
    /// Whether the present weights have what the run is to end with, so that they may be kept as its result. True throughout where no target
    /// was set.
    /// </summary>
    /// <param name="trainer">The run.</param>
    bool IsSettled(Trainer trainer) => true;

    /// <summary>
    /// Puts what the method adds to the model in the form in which it is measured, for as long as the result lives; null where the weights are the
    /// whole model.
    /// </summary>
    IDisposable? BeginEvaluation() => null;

    /// <summary>What the user should know before the first step; empty when all is well.</summary>
    /// <param name="trainer">The run, not started.</param>
    IReadOnlyList<string> Warnings(Trainer trainer) => [];

    /// <summary>Writes the zeros after the last step; quality is to be measured after it.</summary>
    /// <param name="trainer">The run, at its end or back at its best state.</param>
    /// <param name="cancellationToken">Stops what takes long; the run can go on from its last checkpoint.</param>
    SparsifierResult Finish(Trainer trainer, CancellationToken cancellationToken = default);
}

/// <summary>What finishing a run came to.</summary>
/// <param name="BeforeFinish">Sparsity at ε before the zeros were written: what training itself brought.</param>
/// <param name="Threshold">The largest magnitude that finishing set to zero.</param>
/// <param name="LargestThreshold">
/// The largest magnitude that was set to zero at any time, τ. Far above ε it says that magnitude pruning did most of the work.
/// </param>
/// <param name="Excess">
/// Weights that are zero or removed beyond the sparsity that was asked for: of a model that came with more, of zeros that are locked, or of
/// penalties that wrote more than a threshold at the end could take back. 0 where the target is met, and without one.
/// </param>
public sealed record SparsifierResult(PrunableSparsity BeforeFinish, double Threshold, double LargestThreshold, long Excess)
{
    /// <summary>Where the zeros come from; null where the method does not keep count.</summary>
    public SparsitySources? Sources { get; init; }
}

/// <summary>
/// Where the zeros of a run come from. Every weight that is zero or removed in the end is counted once, by what took it from being not near
/// zero.
/// </summary>
/// <param name="Before">Weights that were zero or removed before the run.</param>
/// <param name="ByPenalty">Weights that training brought below ε: penalties, and the little that happens to lie there.</param>
/// <param name="ByStructure">Weights that went with heads and neurons while they were not near zero.</param>
/// <param name="ByThreshold">Weights that a magnitude threshold set to zero while they were not near zero.</param>
/// <param name="Dense">Weights of the dense model.</param>
public sealed record SparsitySources(long Before, long ByPenalty, long ByStructure, long ByThreshold, long Dense);

/// <summary>The heads of one attention module in the course of a run.</summary>
/// <param name="Block">Index of the block in the model.</param>
/// <param name="Record">Which heads are left, and when and into which the others went.</param>
public sealed record HeadHistory(int Block, PrunedModuleRecord Record);
