using System.Buffers;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Chooses the mask rule that options and a layer's target ask for.</summary>
public static class MaskRules
{
    /// <summary>The rule of a pattern where there is one, of row ratios where there are some, of a granularity otherwise.</summary>
    /// <param name="granularity">Which weights compete with each other.</param>
    /// <param name="target">How sparse the layer is to become.</param>
    /// <param name="blockRows">How many neighbouring rows share their zeros; row ratios are then averaged over them.</param>
    public static IMaskRule For(Granularity granularity, LayerTarget target, int blockRows = 1)
    {
        IMaskRule rule = (target, granularity) switch
        {
            ({ Pattern: { } pattern }, _) => new NmRule(pattern),
            ({ RowRatios: { } ratios }, _) => new PerRowRatioRule(
                blockRows == 1 ? ratios : [.. ratios.Chunk(blockRows).Select(rows => rows.Average())], target.RowRounding),
            (_, Granularity.Row) => new RowRule(),
            (_, Granularity.Layer) => new LayerRule(includesIndex: true),
            (_, Granularity.LayerKth) => new LayerRule(includesIndex: false),
            (_, Granularity.RowSum) => new RowSumRule(),
            _ => throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Unknown granularity."),
        };
        return blockRows == 1 ? rule : new RowBlockRule(rule, blockRows);
    }
}

/// <summary>Turns the scores of a layer into its mask.</summary>
public interface IMaskRule
{
    /// <summary>Checks that the rule can be used on a layer, before a run starts.</summary>
    /// <exception cref="Core.InvalidInputException">Its shape does not allow it.</exception>
    void Check(string layer, int columns);

    /// <summary>Hands over the mask of every row of a layer, in any order and on several threads at once.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="ratio">Share of the layer to prune, from 0 to below 1.</param>
    /// <param name="receive">Takes the masks.</param>
    void Select(LayerScores scores, double ratio, RowMask receive);
}

/// <summary>Receives the mask of one row: true where a weight is pruned. Called for several rows at once by several threads.</summary>
/// <param name="row">The row.</param>
/// <param name="pruned">One mark per column; valid only during the call.</param>
public delegate void RowMask(int row, ReadOnlySpan<bool> pruned);

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

/// <summary>
/// Neighbouring rows share their zeros: <c>4x1</c> blocks let a sparse kernel use each input that it loads for four outputs. A block of
/// weights is scored by the mean of its weights, and another rule chooses among blocks as it would among weights. The last rows make a
/// lower block where their number is no multiple.
/// </summary>
/// <param name="inner">Chooses among blocks.</param>
/// <param name="blockRows">Rows of a block.</param>
public sealed class RowBlockRule(IMaskRule inner, int blockRows) : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns) => inner.Check(layer, columns);

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive) => inner.Select(scores.OfBlocks(blockRows), ratio, (block, pruned) =>
    {
        int end = Math.Min(scores.Rows, (block + 1) * blockRows);
        for (int row = block * blockRows; row < end; row++)
        {
            receive(row, pruned);
        }
    });
}

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
