namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>The factors of one step, corrected for bias in double precision.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="NewShare1">Share of the new gradient in the first moment.</param>
/// <param name="NewShare2">Share of its square in the second.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="Step">The rate over the bias correction of the first moment.</param>
/// <param name="RootCorrection">Factor on the root of the second moment.</param>
/// <param name="Epsilon">Added to the root.</param>
/// <param name="Decay">Factor on the weight.</param>
/// <param name="Scale">Factor on the gradient.</param>
internal readonly record struct AdamWConstants(
    float Beta1,
    float Beta2,
    float NewShare1,
    float NewShare2,
    float Rate,
    float Step,
    float RootCorrection,
    float Epsilon,
    float Decay,
    float Scale)
{
    /// <summary>The factors of a step.</summary>
    public static AdamWConstants Of(AdamWOptions options, AdamWStep step) => new(
        (float)options.Beta1,
        (float)options.Beta2,
        (float)(1 - options.Beta1),
        (float)(1 - options.Beta2),
        (float)step.LearningRate,
        (float)(step.LearningRate / (1 - Math.Pow(options.Beta1, step.Number))),
        (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step.Number))),
        (float)options.Epsilon,
        (float)(1 - (step.LearningRate * step.WeightDecay)),
        (float)step.GradientScale);
}
