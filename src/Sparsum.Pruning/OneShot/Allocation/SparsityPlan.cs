namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>Which share of each layer is to become zero.</summary>
public sealed class SparsityPlan
{
    private readonly double[][] ratios;

    /// <summary>Takes the ratios.</summary>
    /// <param name="ratios">For each block, for each of its layers in order, a sparsity from 0 to below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A ratio is out of range or no number.</exception>
    public SparsityPlan(IEnumerable<IEnumerable<double>> ratios)
    {
        this.ratios = [.. ratios.Select(block => block.ToArray())];
        foreach (double ratio in this.ratios.SelectMany(block => block))
        {
            if (!(ratio is >= 0 and < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(ratios), ratio, "A ratio is from 0 to below 1.");
            }
        }
    }

    /// <summary>Number of blocks.</summary>
    public int BlockCount => ratios.Length;

    /// <summary>The ratio of a layer, by the index of its block and its place among the block's linear layers.</summary>
    public double Ratio(int block, int layer) => ratios[block][layer];
}
