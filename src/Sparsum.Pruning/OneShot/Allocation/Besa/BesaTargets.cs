using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>Turns numbers of pruned columns into ratios that make the mask rules prune just these numbers.</summary>
internal static class BesaTargets
{
    /// <summary>The target of a layer in which rows are alike: the learned sparsity, unless its product with the columns rounds otherwise.</summary>
    public static LayerTarget ForLayer(int columns, int count, double sparsity)
    {
        bool isSame = sparsity < 1 && (int)Math.Floor(columns * sparsity) == count;
        return new LayerTarget(isSame ? sparsity : BelowOne(count + 0.5, columns));
    }

    /// <summary>The target of a layer whose rows prune different numbers of columns.</summary>
    public static LayerTarget ForRows(int columns, IReadOnlyList<int> counts) => new(BelowOne(counts.Average(), columns))
    {
        // Half a column less than the count, so that no rounding of the product reaches the next whole number.
        RowRatios = [.. counts.Select(count => count == 0 ? 0 : (count - 0.5) / columns)],
    };

    private static double BelowOne(double count, int columns) => Math.Min(count, columns - 0.5) / columns;
}
