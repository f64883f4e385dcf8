using Sparsum.Core;
using Sparsum.Training;

namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>The phases of a run with gates of structure.</summary>
internal static class StructureSchedule
{
    // Of 20 epochs on large tasks and of 100 on small ones (Xia et al. 2022, table 7).
    private const double LargeBefore = 1.0 / 20;
    private const double LargeWarmup = 2.0 / 20;
    private const double SmallBefore = 4.0 / 100;
    private const double SmallWarmup = 20.0 / 100;

    /// <summary>Steps before pruning, and steps over which the target rises.</summary>
    /// <exception cref="InvalidInputException"><c>run-too-short</c>: no step is left to prune in, or the target is not reached in the run.</exception>
    public static (int Before, int Warmup) Of(CofiOptions options, string task, Trainer trainer)
    {
        bool isSmall = PublishedProfile.IsSmall(task);
        int perEpoch = trainer.Data.BatchesPerEpoch;
        int total = trainer.Schedule.TotalSteps;
        int before = options.StepsBefore ?? (int)Math.Round(options.EpochsBefore is { } epochs ? epochs * perEpoch : total * (isSmall ? SmallBefore : LargeBefore));
        int warmup = (int)Math.Round(options.WarmupEpochs is { } rise ? rise * perEpoch : total * (isSmall ? SmallWarmup : LargeWarmup));
        if (before + warmup >= total && total > 0)
        {
            throw new InvalidInputException("run-too-short", "The run ends before the sparsity that was asked for is aimed at.")
            {
                Option = "epochs",
                Found = FormattableString.Invariant($"{total} steps, of which {before} come before pruning and {warmup} raise the target"),
                Expected = FormattableString.Invariant($"more than {before + warmup} steps"),
                Hint = "Train for more epochs, or set cofi.epochs-before and cofi.warmup-epochs lower.",
            };
        }

        return (before, warmup);
    }
}
