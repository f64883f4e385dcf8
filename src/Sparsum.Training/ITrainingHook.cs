using Sparsum.Training.Optimization;

namespace Sparsum.Training;

/// <summary>
/// Where a sparse-training method takes part. A hook that keeps state of its own derives it from weights and step, so that a resumed run
/// goes on as if it had never stopped.
/// </summary>
public interface ITrainingHook
{
    /// <summary>Once per call of <see cref="Trainer.Run"/>, after a checkpoint was restored and before the first step.</summary>
    void OnStart(Trainer trainer)
    {
    }

    /// <summary>Gradients of the whole batch are there, the optimiser has not stepped: gradients and penalties may be changed.</summary>
    void AfterBackward(Trainer trainer)
    {
    }

    /// <summary>The optimiser has stepped.</summary>
    void AfterStep(Trainer trainer, OptimizerStep step)
    {
    }

    /// <summary>
    /// The last step of an epoch is done: structure may be removed. Slices go to <see cref="Optimizer.Cut"/>.
    /// </summary>
    void AfterEpoch(Trainer trainer, EpochSummary epoch)
    {
    }
}
