using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Training.Data;

namespace Sparsum.Training;

/// <summary>A loss of one's own, such as the difference to a teacher.</summary>
public interface ITrainingLoss
{
    /// <summary>Runs the model over a batch and records the loss, from which backward starts.</summary>
    /// <param name="computation">The operations, recorded.</param>
    /// <param name="tape">The record; it watches the parameters of the model, and more may be watched.</param>
    /// <param name="batch">The batch, or a part of it.</param>
    /// <param name="targetCount">The answers of the whole step, so that the parts of a batch add up to its mean.</param>
    /// <returns>The loss.</returns>
    double Compute(Computation computation, Tape tape, TrainingBatch batch, int targetCount);
}
