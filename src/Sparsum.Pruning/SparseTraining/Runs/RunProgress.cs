using Sparsum.Training;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>Reported while a run goes on.</summary>
/// <param name="Phase">What is being done.</param>
public sealed record RunProgress(RunPhase Phase)
{
    /// <summary>The step that was just done; null in other phases than training.</summary>
    public TrainingProgress? Step { get; init; }

    /// <summary>The loss of late, an exponential mean over steps.</summary>
    public double? SmoothedLoss { get; init; }

    /// <summary>The epoch that just ended; null where none did.</summary>
    public TrainingEvaluation? Epoch { get; init; }
}

/// <summary>What a run is doing.</summary>
public enum RunPhase
{
    /// <summary>Data is read and encoded.</summary>
    Reading,

    /// <summary>A tokenizer is learned.</summary>
    LearningTokenizer,

    /// <summary>Weights are read.</summary>
    Loading,

    /// <summary>Steps are made.</summary>
    Training,

    /// <summary>The method does what it leaves to the end: zeros are written, heads are ranked.</summary>
    Finishing,

    /// <summary>The result is measured.</summary>
    Evaluating,

    /// <summary>The result is written.</summary>
    Writing,
}
