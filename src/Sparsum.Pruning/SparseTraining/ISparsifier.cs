using Sparsum.Training;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>A method at work in one run: a hook of the trainer that may remove structure, and at the end writes the zeros.</summary>
public interface ISparsifier : ITrainingHook
{
    /// <summary>
    /// Whether the present weights have what the run is to end with, so that they may be kept as its result. True throughout where no target
    /// was set.
    /// </summary>
    /// <param name="trainer">The run.</param>
    bool IsSettled(Trainer trainer);

    /// <summary>What is in force now, by the name of its setting: factors with their gain, bounds.</summary>
    IReadOnlyDictionary<string, double> Strengths { get; }

    /// <summary>The attention modules, and what became of heads that are gone.</summary>
    IReadOnlyList<HeadHistory> Heads { get; }

    /// <summary>What the user should know before the first step; empty when all is well.</summary>
    /// <param name="trainer">The run, not started.</param>
    IReadOnlyList<string> Warnings(Trainer trainer);

    /// <summary>Writes the zeros after the last step; quality is to be measured after it.</summary>
    /// <param name="trainer">The run, at its end or back at its best state.</param>
    SparsifierResult Finish(Trainer trainer);
}
