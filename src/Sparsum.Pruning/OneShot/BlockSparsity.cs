namespace Sparsum.Pruning.OneShot;

/// <summary>What is left of one block.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Name">Its checkpoint prefix.</param>
/// <param name="Layers">Its linear layers in order.</param>
public sealed record BlockSparsity(int Index, string Name, IReadOnlyList<LayerSparsity> Layers)
{
    /// <summary>Share of zeros in the block's matrices.</summary>
    public double Sparsity => (double)Layers.Sum(layer => layer.Zeros) / Layers.Sum(layer => layer.Elements);
}
