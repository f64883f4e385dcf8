using Sparsum.Pruning.OneShot.Masks;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>How sparse each layer is to become.</summary>
public sealed class SparsityPlan
{
    private readonly LayerTarget[][] targets;

    /// <summary>Takes a target for each layer.</summary>
    /// <param name="targets">For each block, for each of its layers in order.</param>
    /// <exception cref="ArgumentOutOfRangeException">A ratio is out of range or no number.</exception>
    public SparsityPlan(IEnumerable<IEnumerable<LayerTarget>> targets)
    {
        this.targets = [.. targets.Select(block => block.ToArray())];
        foreach (double ratio in this.targets.SelectMany(block => block).SelectMany(target => (IEnumerable<double>)[target.Ratio, .. target.RowRatios ?? []]))
        {
            if (!(ratio is >= 0 and < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(targets), ratio, "A ratio is from 0 to below 1.");
            }
        }
    }

    /// <summary>Takes a ratio for each layer.</summary>
    /// <inheritdoc cref="SparsityPlan(IEnumerable{IEnumerable{LayerTarget}})"/>
    public SparsityPlan(IEnumerable<IEnumerable<double>> targets)
        : this(targets.Select(block => block.Select(ratio => new LayerTarget(ratio))))
    {
    }

    /// <summary>The targets of every block's layers.</summary>
    public IReadOnlyList<IReadOnlyList<LayerTarget>> Blocks => targets;

    /// <summary>The target of a layer, by the index of its block and its place among the block's linear layers.</summary>
    public LayerTarget Target(int block, int layer) => targets[block][layer];
}
