namespace Sparsum.Tensors.Optimization;

/// <summary>What changes from step to step and from parameter to parameter.</summary>
/// <param name="Number">The step, from 1: moments start at zero, and their bias is corrected by it.</param>
/// <param name="LearningRate">The rate η of this step.</param>
public readonly record struct AdamWStep(int Number, double LearningRate)
{
    /// <summary>Decoupled weight decay: the weight is first multiplied by <c>1 - η · decay</c>.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Factor on the gradient, the penalty's included in the coupled modes: what clipping the global norm asks for.</summary>
    public double GradientScale { get; init; } = 1;
}
