using Sparsum.Training.Optimization;

namespace Sparsum.Training;

/// <summary>
/// Where a sparse-training method takes part. What a hook keeps beyond weights and step goes into every checkpoint, so that a resumed run
/// goes on as if it had never stopped.
/// </summary>
public interface ITrainingHook
{
    /// <summary>Everything about the hook that decides about the bits of a run, as text; a state is restored only where it is equal.</summary>
    string Fingerprint => "";

    /// <summary>What is minimised instead of the loss of the model's head; null leaves that. The first hook that has one decides.</summary>
    ITrainingLoss? Loss => null;

    /// <summary>What the hook keeps that does not follow from weights and step: lists of numbers by name.</summary>
    IReadOnlyDictionary<string, double[]> SaveState() => new Dictionary<string, double[]>();

    /// <summary>Takes back what <see cref="SaveState"/> gave; weights and structure are restored already. Lists that are not there were empty.</summary>
    void RestoreState(IReadOnlyDictionary<string, double[]> state)
    {
    }

    /// <summary>Once per call of <see cref="Trainer.Run"/>, after a checkpoint was restored and before the first step.</summary>
    void OnStart(Trainer trainer)
    {
    }

    /// <summary>The forward pass of the next step is about to begin: what stands in for weights may be put in place.</summary>
    void BeforeStep(Trainer trainer)
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
