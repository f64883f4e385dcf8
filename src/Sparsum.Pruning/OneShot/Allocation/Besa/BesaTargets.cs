using Sparsum.Pruning.OneShot.Masks;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>Turns numbers of pruned columns into ratios that make the mask rules prune just these numbers.</summary>
internal static class BesaTargets
{
    /// <summary>
    /// The target of a layer in which rows are alike: the learned sparsity, unless its product with the columns rounds otherwise in double.
    /// </summary>
    public static LayerTarget ForLayer(int columns, int count, double sparsity)
    {
        bool isSame = sparsity < 1 && (int)Math.Floor(columns * sparsity) == count;
        return new LayerTarget(isSame ? sparsity : BelowOne(count + 0.5, columns));
    }

    /// <summary>The target of a layer whose rows prune different numbers of columns.</summary>
    public static LayerTarget ForRows(int columns, IReadOnlyList<int> counts)
    {
        // A ratio is below 1, so a row can lose all its columns only where the number that stays is rounded down; ties then fall the other
        // way. Half a column keeps the product away from whole numbers.
        bool isRowErased = counts.Contains(columns);
        double shift = isRowErased ? -0.5 : 0.5;
        return new LayerTarget(BelowOne(counts.Average(), columns))
        {
            RowRatios = [.. counts.Select(count => Math.Max(0, count + shift) / columns)],
            RowRounding = isRowErased ? RowRounding.FloorKept : RowRounding.FloorPruned,
        };
    }

    private static double BelowOne(double count, int columns) => Math.Min(count, columns - 0.5) / columns;
}
