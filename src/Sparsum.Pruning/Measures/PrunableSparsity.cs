namespace Sparsum.Pruning.Measures;

/// <summary>Sparsity over a set of weights, removed ones included.</summary>
/// <param name="NearZero">Weights still there with a magnitude below ε.</param>
/// <param name="Removed">Weights that were removed physically.</param>
/// <param name="Dense">Weights of the dense model.</param>
public sealed record PrunableSparsity(long NearZero, long Removed, long Dense)
{
    /// <summary>The share, from 0 to 1: <c>(NearZero + Removed) / Dense</c>.</summary>
    public double Sparsity => Dense == 0 ? 0 : (double)(NearZero + Removed) / Dense;
}
