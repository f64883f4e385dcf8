using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// Each row has a ratio of its own: of its <c>C</c> scores the highest <c>trunc((1 - s_r)·C)</c> are kept, the lower column first among
/// equals, and the others are pruned (the row step of NeuronAl, Cunegatti et al. 2024). Rounded down is what stays, while
/// <see cref="RowRule"/> rounds down what goes.
/// </summary>
/// <param name="ratios">The ratio of each row.</param>
public sealed class NeuronRule(IReadOnlyList<double> ratios) : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns)
    {
    }

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive) => scores.ForEachRow((row, values, pruned) =>
    {
        // Turned round, so that among equal scores the higher column is pruned first.
        float[] turned = new float[values.Length];
        values.CopyTo(turned);
        Array.Reverse(turned);
        Selection.MarkSmallest(turned, values.Length - CountKept(values.Length, ratios[row]), pruned);
        pruned.Reverse();
        receive(row, pruned);
    });

    /// <summary><c>trunc((1 - ratio)·columns)</c>, every step rounded to double as the reference does.</summary>
    internal static int CountKept(int columns, double ratio) => (int)((1 - ratio) * columns);
}
