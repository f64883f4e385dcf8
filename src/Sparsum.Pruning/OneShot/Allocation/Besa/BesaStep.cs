namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>What one step of learning saw.</summary>
/// <param name="Reconstruction">Distance of the block's output from the reference.</param>
/// <param name="Penalty">Weighted distance of the sparsity from the target.</param>
/// <param name="Sparsity">Mean of the learned sparsities, by size, before the step.</param>
/// <param name="Distance">Prodigy's estimate after the step.</param>
internal sealed record BesaStep(double Reconstruction, double Penalty, double Sparsity, double Distance)
{
    /// <summary>What is minimised.</summary>
    public double Loss => Reconstruction + Penalty;
}
