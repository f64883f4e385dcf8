namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>
/// The exchange as the published code does it, for comparisons with its results. It differs from <see cref="RowExchange"/> in rows that run
/// out of candidates: pointers walk on into entries that are no candidates, what they show is exchanged all the same, and the pointers
/// of a row that has stopped go on walking for as long as any other row is active, marking what they show.
/// </summary>
internal static class PublishedExchange
{
    /// <summary>Refines a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cycles">Cycles of the layer.</param>
    /// <param name="stopsAtOnce">Whether to end where the row stops rather than walk on.</param>
    /// <returns>
    /// The cycle in which the row stopped, from 1; <paramref name="cycles"/> when it never did; -1 when a pointer left its list, at which the
    /// published code ends with an error.
    /// </returns>
    public static int Refine(in DsnotRow row, int cycles, bool stopsAtOnce)
    {
        var contributions = row.Contributions;
        var pruned = row.Pruned;
        int[] restorable = Restorable(row);
        int[] removable = row.Pattern is null ? Removable(row) : [];
        bool[] taken = pruned.ToArray();
        var restore = (Left: 0, Right: restorable.Length - 1);
        var remove = (Left: 0, Right: removable.Length - 1);
        double error = row.Error();
        int initialSign = Math.Sign(error);
        bool isActive = true;
        int stopped = cycles;
        for (int cycle = 1; cycle <= cycles; cycle++)
        {
            int restored = At(restorable, error > 0 ? restore.Right-- : restore.Left++);
            int removed = restored < 0 ? -1
                : row.Pattern is { } pattern ? TakeFromGroup(row, restored, taken, pattern.GroupSize)
                : At(removable, error < 0 ? remove.Right-- : remove.Left++);
            if (removed < 0)
            {
                return -1;
            }

            double next = error + contributions[removed] - contributions[restored];
            bool wasActive = isActive;
            isActive &= Math.Abs(error) > row.Threshold && !(row.SameSign && Math.Sign(next) != initialSign);
            pruned[removed] = isActive;
            pruned[restored] = !isActive;
            error = isActive ? next : error;
            if (wasActive && !isActive)
            {
                stopped = cycle;
                if (stopsAtOnce)
                {
                    break;
                }
            }
        }

        return stopped;
    }

    private static int At(int[] columns, int index) => index >= 0 && index < columns.Length ? columns[index] : -1;

    /// <summary>
    /// Every column, by contribution over variance where it is pruned and by 0 over variance where it is kept. What is no number comes
    /// last, as the published code sorts it.
    /// </summary>
    private static int[] Restorable(in DsnotRow row)
    {
        var ranked = new RankedColumn[row.Pruned.Length];
        for (int c = 0; c < ranked.Length; c++)
        {
            double key = (row.Pruned[c] ? row.Contributions[c] : 0) / row.Spreads[c];
            ranked[c] = new RankedColumn(double.IsNaN(key) ? double.PositiveInfinity : Math.Min(key, double.MaxValue), c);
        }

        Array.Sort(ranked);
        return [.. ranked.Select(entry => entry.Column)];
    }

    /// <summary>
    /// As many entries as columns are kept: the negative ones by importance from the left, the positive ones from the right, and the least
    /// important of all in between.
    /// </summary>
    private static int[] Removable(in DsnotRow row)
    {
        var ranked = new List<RankedColumn>();
        for (int c = 0; c < row.Pruned.Length; c++)
        {
            if (!row.Pruned[c])
            {
                ranked.Add(new RankedColumn(row.Importance[c], c));
            }
        }

        ranked.Sort();
        int[] columns = new int[ranked.Count];
        Array.Fill(columns, ranked.Count == 0 ? -1 : ranked[0].Column);
        int left = 0;
        int right = columns.Length;
        foreach (var (_, column) in ranked)
        {
            if (row.Contributions[column] < 0)
            {
                columns[left++] = column;
            }
            else if (row.Contributions[column] > 0)
            {
                columns[--right] = column;
            }
        }

        return columns;
    }

    /// <summary>As <see cref="DsnotRow.TakeFromGroup"/>, but the first of the group when all of it was taken.</summary>
    private static int TakeFromGroup(in DsnotRow row, int restored, bool[] taken, int groupSize)
    {
        int column = row.TakeFromGroup(restored, taken);
        return column < 0 ? restored - (restored % groupSize) : column;
    }
}
