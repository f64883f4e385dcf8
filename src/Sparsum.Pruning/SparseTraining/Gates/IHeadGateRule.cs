namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>How gates of heads follow from numbers that are learned with the weights. Heads are counted over all modules.</summary>
internal interface IHeadGateRule
{
    /// <summary>The full learning rate of the numbers; it follows the schedule of the weights.</summary>
    double LearningRate { get; }

    /// <summary>The gates of a training step.</summary>
    /// <param name="parameters">The learned numbers, one for each head.</param>
    /// <param name="noise">As many uniform numbers, from above 0 to below 1.</param>
    /// <param name="step">The step, from 0.</param>
    double[] Gates(double[] parameters, double[] noise, int step);

    /// <summary>The gradient of the learned numbers, that of a penalty on them included.</summary>
    /// <param name="parameters">The learned numbers.</param>
    /// <param name="noise">The numbers of the step.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="gateGradients">The gradients of the gates.</param>
    double[] Gradient(double[] parameters, double[] noise, int step, double[] gateGradients);

    /// <summary>The gates without noise, as they are measured and kept: 0 where a head goes.</summary>
    double[] Final(double[] parameters);
}
