using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// Ratios of layers as whole numbers of columns, so that all rows of a layer lose the same number and all layers together lose what they do
/// with one ratio everywhere: rounding is carried from layer to layer, and what is left at the end is given to single columns.
/// </summary>
internal static class WholeColumns
{
    /// <summary>Keeps the product of a ratio and the columns on its side of a whole number.</summary>
    private const double Margin = 1e-6;

    /// <summary>The target of every layer.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="ratios">For each block the ratio of each of its layers; their mean over weights is the sparsity.</param>
    /// <param name="sparsity">The sparsity, from 0 to below 1.</param>
    public static LayerTarget[][] Targets(IReadOnlyList<TransformerBlock> blocks, IReadOnlyList<IReadOnlyList<double>> ratios, double sparsity)
    {
        var layers = blocks.SelectMany(block => block.Linears).ToList();
        double[] wanted = [.. ratios.SelectMany(block => block)];
        int[] counts = Counts([.. layers.Select(layer => layer.OutputSize)], [.. layers.Select(layer => layer.InputSize)], wanted, sparsity);
        int next = 0;
        return [.. blocks.Select(block => block.Linears.Select(layer => new LayerTarget(RatioOf(counts[next++], layer.InputSize))).ToArray())];
    }

    /// <summary>
    /// How many columns each layer's rows lose. The sum over all weights is that of <c>⌊C·s⌋</c> everywhere, to within one column of the
    /// layer with the fewest rows.
    /// </summary>
    public static int[] Counts(IReadOnlyList<int> rows, IReadOnlyList<int> columns, IReadOnlyList<double> ratios, double sparsity)
    {
        int[] counts = new int[ratios.Count];
        long total = 0;
        long target = 0;
        double owed = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            owed += (double)rows[i] * columns[i] * ratios[i];
            counts[i] = Math.Clamp((int)Math.Round(owed / rows[i]), 0, columns[i] - 1);
            owed -= (double)rows[i] * counts[i];
            total += (long)rows[i] * counts[i];
            target += (long)rows[i] * RowRule.CountPruned(columns[i], sparsity);
        }

        Settle(rows, columns, counts, target - total);
        return counts;
    }

    /// <summary>Adds or takes single columns, those of high layers first, until less than one is missing.</summary>
    private static void Settle(IReadOnlyList<int> rows, IReadOnlyList<int> columns, int[] counts, long missing)
    {
        int step = Math.Sign(missing);
        long left = Math.Abs(missing);
        foreach (int height in rows.Distinct().OrderDescending())
        {
            // Sweeps over layers of one height, so that none of them is moved further than another.
            for (bool moved = true; moved && left >= height;)
            {
                moved = false;
                for (int i = 0; i < counts.Length && left >= height; i++)
                {
                    if (rows[i] == height && counts[i] + step >= 0 && counts[i] + step < columns[i])
                    {
                        counts[i] += step;
                        left -= height;
                        moved = true;
                    }
                }
            }
        }
    }

    /// <summary>A ratio of which exactly <paramref name="count"/> columns come, however it is rounded down.</summary>
    public static double RatioOf(int count, int columns) => count == 0 ? 0 : (count + Margin) / columns;
}
