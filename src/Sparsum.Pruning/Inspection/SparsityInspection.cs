using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;

namespace Sparsum.Pruning.Inspection;

/// <summary>The sparsity of a model and of its parts.</summary>
/// <param name="Blocks">Every block.</param>
/// <param name="Epsilon">Magnitude below which a weight is near zero.</param>
/// <param name="Tracked">
/// Near zeros over the matrices that sparse training regularises: queries, keys, values and both sides of the MLP.
/// </param>
/// <param name="Connectivity">How well the rows of all MLP matrices are connected, see <see cref="LayerInspection.Connectivity"/>.</param>
public sealed record SparsityInspection(
    IReadOnlyList<BlockInspection> Blocks, double Epsilon, PrunableSparsity Tracked, Connectivity Connectivity)
{
    /// <summary>Exact zeros in the matrices of all blocks.</summary>
    public long Zeros => Sum(layer => layer.Zeros);

    /// <summary>Weights in the matrices of all blocks.</summary>
    public long Elements => Sum(layer => layer.Elements);

    /// <summary>The same in the dense model that this one was made from.</summary>
    public long DenseElements => Sum(layer => layer.DenseElements);

    /// <summary>Weights that were removed physically.</summary>
    public long Removed => DenseElements - Elements;

    /// <summary>Share of zeros; what was removed counts as zero.</summary>
    public double Sparsity => (double)(Zeros + Removed) / DenseElements;

    /// <summary>
    /// Importance of the heads that training removed relative to those that are there (the paper's figure 7); null where none is known.
    /// </summary>
    public double? RelativeImportanceOfRemovedHeads =>
        HeadImportance.RelativeOfRemoved(Blocks.SelectMany(block => block.Heads).Select(heads => heads.Removed.Values.ToList()));

    private long Sum(Func<LayerInspection, long> count) => Blocks.Sum(block => block.Layers.Sum(count));
}

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

/// <summary>The heads of one attention module.</summary>
/// <param name="Kind"><c>self</c> or <c>cross</c>.</param>
/// <param name="Original">Heads of the dense module.</param>
/// <param name="Kept">For each head that is there, by original number, the sum of magnitudes of its output columns.</param>
/// <param name="Removed">
/// Of heads that training removed, the same just before they went, beside the mean of those that stayed, as far as the configuration tells.
/// </param>
public sealed record HeadInspection(
    string Kind, int Original, IReadOnlyDictionary<int, double> Kept, IReadOnlyDictionary<int, RemovalImportance> Removed);
