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
    SparsifierResult Finish(Trainer trainer);
}
