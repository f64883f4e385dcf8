namespace Sparsum.Pruning.HeadElimination;

/// <summary>Decides which of a module's heads go, and into which, where importance has a say beside redundancy.</summary>
public static class HeadChoice
{
    /// <summary>What replaces each head.</summary>
    /// <param name="criterion">What decides.</param>
    /// <param name="distances">Distances of all pairs of heads.</param>
    /// <param name="redundant">What redundancy alone would replace each head by; itself where it stays.</param>
    /// <param name="importances">The <see cref="HeadImportance"/> of each head now.</param>
    public static int[] Of(HeadCriterion criterion, float[,] distances, int[] redundant, IReadOnlyList<double> importances) => criterion switch
    {
        HeadCriterion.Importance => LeastImportant(distances, redundant, importances),
        HeadCriterion.Both => ByMostImportant(redundant, importances),
        _ => redundant,
    };

    /// <summary>The head among some that a head differs least from; the first of equals.</summary>
    public static int MostLike(float[,] distances, int head, IReadOnlyList<int> others) => others.MinBy(other => distances[head, other]);

    private static int[] LeastImportant(float[,] distances, int[] redundant, IReadOnlyList<double> importances)
    {
        int count = redundant.Index().Count(head => head.Item != head.Index);
        int[] order = [.. Enumerable.Range(0, redundant.Length).OrderBy(head => importances[head])];
        int[] replacements = [.. Enumerable.Range(0, redundant.Length)];
        foreach (int head in order[..count])
        {
            replacements[head] = MostLike(distances, head, [.. order[count..].Order()]);
        }

        return replacements;
    }

    private static int[] ByMostImportant(int[] redundant, IReadOnlyList<double> importances)
    {
        int[] replacements = [.. redundant];
        foreach (var group in Enumerable.Range(0, redundant.Length).GroupBy(head => redundant[head]))
        {
            int stays = group.MaxBy(head => importances[head]);
            foreach (int head in group)
            {
                replacements[head] = stays;
            }
        }

        return replacements;
    }
}
