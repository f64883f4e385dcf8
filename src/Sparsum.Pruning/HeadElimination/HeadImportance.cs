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
    /// Mean importance of the removed heads over the mean of those that stayed, both at the moment of removal and before any merging, averaged
    /// over modules; a module counts when it lost a head. Null when none did.
    /// </summary>
    /// <param name="modules">For each module the heads that it lost.</param>
    public static double? RelativeOfRemoved(IEnumerable<IReadOnlyCollection<RemovalImportance>> modules)
    {
        double[] ratios =
        [
            .. modules
                .Where(removals => removals.Count > 0)
                .Select(removals => removals.Average(head => head.Removed) / removals.Average(head => head.Kept)),
        ];
        return ratios.Length == 0 ? null : ratios.Average();
    }
}

/// <summary>How important a head was when it was removed, before any merging.</summary>
/// <param name="Removed">The head's <see cref="HeadImportance"/>.</param>
/// <param name="Kept">The mean of those of its module that stayed.</param>
public readonly record struct RemovalImportance(double Removed, double Kept);
