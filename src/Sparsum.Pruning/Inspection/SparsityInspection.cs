namespace Sparsum.Pruning.Inspection;

/// <summary>The sparsity of a model and of its parts.</summary>
/// <param name="Blocks">Every block.</param>
public sealed record SparsityInspection(IReadOnlyList<BlockInspection> Blocks)
{
    /// <summary>Exact zeros in the matrices of all blocks.</summary>
    public long Zeros => Blocks.Sum(block => block.Layers.Sum(layer => layer.Zeros));

    /// <summary>Weights in the matrices of all blocks.</summary>
    public long Elements => Blocks.Sum(block => block.Layers.Sum(layer => layer.Elements));

    /// <summary>Share of zeros.</summary>
    public double Sparsity => (double)Zeros / Elements;
}
