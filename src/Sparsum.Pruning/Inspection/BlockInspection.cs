namespace Sparsum.Pruning.Inspection;

/// <summary>What one block looks like.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Name">Its checkpoint prefix.</param>
/// <param name="Layers">Its linear layers in order.</param>
/// <param name="Heads">Its attention modules.</param>
public sealed record BlockInspection(
    int Index, string Name, IReadOnlyList<LayerInspection> Layers, IReadOnlyList<HeadInspection> Heads)
{
    /// <summary>Share of zeros in the block's matrices; what was removed counts as zero.</summary>
    public double Sparsity => (double)Layers.Sum(layer => layer.Zeros + layer.Removed) / Layers.Sum(layer => layer.DenseElements);
}
