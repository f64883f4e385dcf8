using System.Buffers;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// Each row has a ratio of its own: of its <c>C</c> scores the highest <c>trunc((1 - s_r)·C)</c> are kept, the lower column first among
/// equals, and the others are pruned (the row step of NeuronAl, Cunegatti et al. 2024). Rounded down is what stays, while
/// <see cref="RowRule"/> rounds down what goes; on demand this rule does as that one, ties included.
/// </summary>
/// <param name="ratios">The ratio of each row.</param>
/// <param name="rounding">Which count is rounded down.</param>
public sealed class PerRowRatioRule(IReadOnlyList<double> ratios, RowRounding rounding = RowRounding.FloorKept) : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns)
    {
    }

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive) => scores.ForEachRow((row, values, pruned) =>
    {
        if (rounding == RowRounding.FloorPruned)
        {
            Selection.MarkSmallest(values, RowRule.CountPruned(values.Length, ratios[row]), pruned);
        }
        else
        {
            // Turned round, so that among equal scores the higher column is pruned first.
            float[] rented = ArrayPool<float>.Shared.Rent(values.Length);
            var turned = rented.AsSpan(0, values.Length);
            values.CopyTo(turned);
            turned.Reverse();
            Selection.MarkSmallest(turned, values.Length - CountKept(values.Length, ratios[row]), pruned);
            pruned.Reverse();
            ArrayPool<float>.Shared.Return(rented);
        }

        receive(row, pruned);
    });

    /// <summary><c>trunc((1 - ratio)·columns)</c>, every step rounded to double as the reference does.</summary>
    internal static int CountKept(int columns, double ratio) => (int)((1 - ratio) * columns);
}
