using Sparsum.Core;


namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// In each group of <see cref="NmPattern.GroupSize"/> consecutive columns of a row the <see cref="NmPattern.PrunedPerGroup"/> lowest scores
/// are pruned, the lower column first among equals. The pattern fixes the ratio.
/// </summary>
public sealed class NmRule(NmPattern pattern) : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns)
    {
        if (columns % pattern.GroupSize != 0)
        {
            throw new InvalidInputException("indivisible-columns", $"Layer '{layer}' cannot be pruned in the pattern {pattern}.")
            {
                File = layer,
                Found = FormattableString.Invariant($"{columns} columns"),
                Expected = FormattableString.Invariant($"a multiple of {pattern.GroupSize}"),
                Hint = "Choose a pattern whose group divides the columns of every layer, or `sparsity` instead of `pattern`.",
            };
        }
    }

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive) => scores.ForEachRow((row, values, pruned) =>
    {
        pruned.Clear();
        for (int start = 0; start < values.Length; start += pattern.GroupSize)
        {
            MarkGroup(values.Slice(start, pattern.GroupSize), pruned.Slice(start, pattern.GroupSize));
        }

        receive(row, pruned);
    });

    private void MarkGroup(ReadOnlySpan<float> scores, Span<bool> pruned)
    {
        for (int n = 0; n < pattern.PrunedPerGroup; n++)
        {
            int lowest = -1;
            for (int c = 0; c < scores.Length; c++)
            {
                if (!pruned[c] && (lowest < 0 || scores[c] < scores[lowest]))
                {
                    lowest = c;
                }
            }

            pruned[lowest] = true;
        }
    }
}
