namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>
/// The exchange within one row (Zhang et al. 2024, algorithm 1): restore the pruned weight that lowers the error most for its variance,
/// prune the least important kept one whose sign lowers it too. A row ends for good when its error is small, when an exchange is refused,
/// or when one of the two runs out; the last is this project's rule.
/// </summary>
internal static class RowExchange
{
    /// <summary>Stands for the variance of an input that never changes, so that its weights are restored first.</summary>
    private const double SmallestSpread = 1e-30;

    /// <summary>Refines a row by at most so many exchanges.</summary>
    public static void Refine(in DsnotRow row, int cycles)
    {
        double error = row.Error();
        if (!(Math.Abs(error) > row.Threshold) || cycles == 0)
        {
            return;
        }

        int initialSign = Math.Sign(error);
        var restorable = Restorable(row);
        var removable = row.Pattern is null ? Removable(row) : null;
        bool[] taken = row.Pruned.ToArray();
        for (int cycle = 0; cycle < cycles && Math.Abs(error) > row.Threshold; cycle++)
        {
            int restored = restorable.Take(error > 0);
            if (restored < 0)
            {
                return;
            }

            int removed = removable is null ? row.TakeFromGroup(restored, taken) : removable.Take(error < 0);
            if (removed < 0)
            {
                return;
            }

            double next = error + row.Contributions[removed] - row.Contributions[restored];
            if (row.SameSign && Math.Sign(next) != initialSign)
            {
                return;
            }

            row.Pruned[removed] = true;
            row.Pruned[restored] = false;
            error = next;
        }
    }

    /// <summary>Pruned weights, those with the largest contribution for their variance first.</summary>
    private static SignedColumns Restorable(in DsnotRow row)
    {
        var columns = new SignedColumns();
        for (int c = 0; c < row.Pruned.Length; c++)
        {
            if (row.Pruned[c])
            {
                columns.Add(c, row.Contributions[c], -Math.Abs(row.Contributions[c]) / Math.Max(SmallestSpread, row.Spreads[c]));
            }
        }

        columns.Sort();
        return columns;
    }

    /// <summary>Kept weights, the least important first.</summary>
    private static SignedColumns Removable(in DsnotRow row)
    {
        var columns = new SignedColumns();
        for (int c = 0; c < row.Pruned.Length; c++)
        {
            if (!row.Pruned[c])
            {
                columns.Add(c, row.Contributions[c], row.Importance[c]);
            }
        }

        columns.Sort();
        return columns;
    }
}
