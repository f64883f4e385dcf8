using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// One threshold for the whole matrix: the score at index <c>⌊R·C·s⌋</c> in ascending order. All scores not above it are pruned, so at
/// least one more than the index, as in the Wanda and SparseGPT repositories.
/// </summary>
public sealed class LayerRule : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns)
    {
    }

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive)
    {
        // A ratio of 0 would still prune the smallest weight.
        float threshold = ratio == 0 ? float.NegativeInfinity : Threshold(scores, ratio);
        scores.ForEachRow((row, values, pruned) =>
        {
            for (int c = 0; c < pruned.Length; c++)
            {
                pruned[c] = values[c] <= threshold;
            }

            receive(row, pruned);
        });
    }

    private static float Threshold(LayerScores scores, double ratio)
    {
        using var matrix = Tensor.Allocate(scores.Rows, scores.Columns);
        scores.ForEachRow((row, values, _) => values.CopyTo(matrix.Row(row)));
        return Selection.KthSmallest(matrix.Span, (int)Math.Floor(matrix.Length * ratio));
    }
}
