using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// In each row the lowest scores are pruned as long as their sum stays within a share <c>α</c> of the row's sum; <c>α</c> is bisected
/// until the layer's sparsity is within 0.001 of the ratio (Sun et al. 2024, Wanda, appendix). Rows whose scores are uneven lose more.
/// Scores equal to the last one go too.
/// </summary>
public sealed class RowSumRule : IMaskRule
{
    private const double LargestShare = 0.8;
    private const double Tolerance = 0.001;

    /// <inheritdoc/>
    public void Check(string layer, int columns)
    {
    }

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive)
    {
        using var sorted = Tensor.Allocate(scores.Rows, scores.Columns);
        scores.ForEachRow((row, values, _) =>
        {
            values.CopyTo(sorted.Row(row));
            sorted.Row(row).Sort();
        });
        int[] counts = Search(sorted, ratio);
        scores.ForEachRow((row, values, pruned) =>
        {
            float threshold = counts[row] == 0 ? float.NegativeInfinity : sorted.Row(row)[counts[row] - 1];
            for (int c = 0; c < pruned.Length; c++)
            {
                pruned[c] = values[c] <= threshold;
            }

            receive(row, pruned);
        });
    }

    /// <summary>How many scores each row loses.</summary>
    private static int[] Search(Tensor sorted, double ratio)
    {
        var counts = new int[sorted.RowCount];
        if (ratio == 0)
        {
            return counts;
        }

        double least = 0;
        double most = LargestShare;
        double share = LargestShare / 2;
        while (true)
        {
            for (int row = 0; row < counts.Length; row++)
            {
                counts[row] = CountWithin(sorted.Row(row), share);
            }

            double sparsity = (double)counts.Sum(count => (long)count) / sorted.Length;
            if (!(Math.Abs(sparsity - ratio) > Tolerance && most - least >= Tolerance))
            {
                return counts;
            }

            (least, most, share) = sparsity > ratio ? (least, share, (share + least) / 2) : (share, most, (share + most) / 2);
        }
    }

    /// <summary>The number of lowest scores whose sum stays within a share of the sum of all, with those equal to the last of them.</summary>
    private static int CountWithin(ReadOnlySpan<float> sorted, double share)
    {
        double limit = 0;
        foreach (float score in sorted)
        {
            limit += score;
        }

        limit *= share;
        double sum = 0;
        int count = 0;
        while (count < sorted.Length && (sum += sorted[count]) <= limit)
        {
            count++;
        }

        while (count > 0 && count < sorted.Length && sorted[count] == sorted[count - 1])
        {
            count++;
        }

        return count;
    }
}
