namespace Sparsum.Pruning.Inspection;

/// <summary>What one block looks like.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Name">Its checkpoint prefix.</param>
/// <param name="Layers">Its linear layers in order.</param>
public sealed record BlockInspection(int Index, string Name, IReadOnlyList<LayerInspection> Layers)
{
    /// <summary>Share of zeros in the block's matrices.</summary>
    public double Sparsity => (double)Layers.Sum(layer => layer.Zeros) / Layers.Sum(layer => layer.Elements);
}
