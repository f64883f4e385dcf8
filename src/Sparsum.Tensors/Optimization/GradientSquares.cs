namespace Sparsum.Tensors.Optimization;

/// <summary>Sums of squares over the gradient of one or more parameters; they add up to the squared global norm.</summary>
/// <param name="Task">Of the task's gradient alone.</param>
/// <param name="Total">Of the task's gradient plus the penalty's.</param>
public readonly record struct GradientSquares(double Task, double Total)
{
    /// <summary>Norm of the task's gradient.</summary>
    public double TaskNorm => Math.Sqrt(Task);

    /// <summary>Norm of the whole gradient.</summary>
    public double TotalNorm => Math.Sqrt(Total);

    /// <summary>Adds the sums of another parameter.</summary>
    public static GradientSquares operator +(GradientSquares left, GradientSquares right) =>
        new(left.Task + right.Task, left.Total + right.Total);

    /// <summary>The factor that brings the whole gradient's norm down to <paramref name="maximum"/>; 1 when it is below.</summary>
    public double ClipScale(double maximum) => Math.Min(1, maximum / (TotalNorm + 1e-6));
}
