using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// One threshold for the whole matrix; all scores not above it are pruned, ties included. With <c>k = ⌊R·C·s⌋</c> the threshold is the
/// score at index <c>k</c> in ascending order, so at least <c>k + 1</c> go (the Wanda and SparseGPT repositories), or the
/// <c>k</c>-th smallest, so at least <c>k</c> go (the MULTIFLOW repository).
/// </summary>
/// <param name="includesIndex">Whether the score at index <c>k</c> goes too.</param>
public sealed class LayerRule(bool includesIndex) : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns)
    {
    }

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive)
    {
        int index = (int)Math.Floor((double)scores.Rows * scores.Columns * ratio) - (includesIndex ? 0 : 1);

        // A ratio of 0 must not prune the smallest weight.
        float threshold = ratio == 0 || index < 0 ? float.NegativeInfinity : Threshold(scores, index);
        scores.ForEachRow((row, values, pruned) =>
        {
            for (int c = 0; c < pruned.Length; c++)
            {
                pruned[c] = values[c] <= threshold;
            }

            receive(row, pruned);
        });
    }

    private static float Threshold(LayerScores scores, int index)
    {
        using var matrix = Tensor.Allocate(scores.Rows, scores.Columns);
        scores.ForEachRow((row, values, _) => values.CopyTo(matrix.Row(row)));
        return Selection.KthSmallest(matrix.Span, index);
    }
}
