using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// In each row the <c>⌊C·s⌋</c> lowest scores are pruned, the lower column first among equals: the comparison group of Wanda.
/// </summary>
public sealed class RowRule : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns)
    {
    }

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive)
    {
        int count = CountPruned(scores.Columns, ratio);
        scores.ForEachRow((row, values, pruned) =>
        {
            Selection.MarkSmallest(values, count, pruned);
            receive(row, pruned);
        });
    }

    /// <summary><c>⌊columns·ratio⌋</c>, the product rounded to double as the references do.</summary>
    internal static int CountPruned(int columns, double ratio) => (int)Math.Floor(columns * ratio);
}
