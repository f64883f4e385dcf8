namespace Sparsum.Training.Optimization;

/// <summary>What one optimiser step did.</summary>
/// <param name="Number">Steps so far, this one included.</param>
/// <param name="LearningRate">The rate.</param>
/// <param name="TaskNorm">Global norm of the loss gradient before clipping.</param>
/// <param name="TotalNorm">Global norm with penalties that count as gradient, before clipping: what clipping looks at.</param>
/// <param name="GradientScale">The factor that clipping put on the gradient; 1 without clipping.</param>
public sealed record OptimizerStep(int Number, double LearningRate, double TaskNorm, double TotalNorm, double GradientScale);
