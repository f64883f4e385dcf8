namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>
/// The Lagrangian that brings an expected sparsity ŝ to its target t: <c>λ1·(ŝ-t) + λ2·(ŝ-t)²</c>, with multipliers that are maximised while
/// everything else is minimised (Xia et al. 2022, equation 2). It may be negative.
/// </summary>
/// <param name="target">The sparsity in the end.</param>
/// <param name="start">The sparsity that the target rises from.</param>
/// <param name="warmupSteps">Steps over which it rises; 0 for none.</param>
/// <param name="isAbsolute">Whether the linear term is of |ŝ-t|, so that it never rewards more sparsity than was asked for.</param>
internal sealed class Lagrangian(double target, double start, int warmupSteps, bool isAbsolute = false)
{
    /// <summary>λ1 and λ2.</summary>
    public double[] Multipliers { get; set; } = [0, 0];

    /// <summary>t.</summary>
    /// <param name="step">Steps since pruning began.</param>
    public double TargetAt(int step) => warmupSteps == 0 ? target : start + ((target - start) * Math.Min(1, (double)step / warmupSteps));

    /// <summary>The value, its slope with respect to ŝ, and its gradient with respect to the multipliers.</summary>
    /// <param name="sparsity">ŝ.</param>
    /// <param name="step">Steps since pruning began.</param>
    public (double Value, double Slope, double[] OnMultipliers) At(double sparsity, int step)
    {
        double gap = sparsity - TargetAt(step);
        double linear = isAbsolute ? Math.Abs(gap) : gap;
        double sign = isAbsolute ? Math.Sign(gap) : 1;
        return (
            (Multipliers[0] * linear) + (Multipliers[1] * gap * gap),
            (Multipliers[0] * sign) + (2 * Multipliers[1] * gap),
            [linear, gap * gap]);
    }
}
