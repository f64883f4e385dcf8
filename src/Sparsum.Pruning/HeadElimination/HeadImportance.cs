using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.HeadElimination;

/// <summary>How much a head adds to the output of its module, as the paper's figure 7 measures it.</summary>
public static class HeadImportance
{
    /// <summary>The sum of magnitudes of a head's columns of the output weight.</summary>
    /// <param name="attention">The module, with a loaded output weight.</param>
    /// <param name="slot">The head's present place.</param>
    public static double Of(AttentionLayer attention, int slot)
    {
        var weight = attention.Output.Weight.Value;
        double sum = 0;
        for (int r = 0; r < weight.RowCount; r++)
        {
            foreach (float value in weight.Row(r).Slice(slot * attention.HeadSize, attention.HeadSize))
            {
                sum += Math.Abs(value);
            }
        }

        return sum;
    }

    /// <summary>
    /// Mean importance of the removed heads over that of the kept ones, averaged over modules; a module counts when it has both. Null when
    /// none does.
    /// </summary>
    /// <param name="modules">Per module each head's importance at its removal, or at the end if it stayed, and whether it was removed.</param>
    public static double? RelativeOfRemoved(IEnumerable<IReadOnlyList<(double Importance, bool IsRemoved)>> modules)
    {
        double[] ratios =
        [
            .. modules
                .Where(heads => heads.Any(head => head.IsRemoved) && heads.Any(head => !head.IsRemoved))
                .Select(heads => Mean(heads, isRemoved: true) / Mean(heads, isRemoved: false)),
        ];
        return ratios.Length == 0 ? null : ratios.Average();

        static double Mean(IReadOnlyList<(double Importance, bool IsRemoved)> heads, bool isRemoved) =>
            heads.Where(head => head.IsRemoved == isRemoved).Average(head => head.Importance);
    }
}
