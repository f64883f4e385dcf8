namespace Sparsum.Pruning.HeadElimination;

/// <summary>Finds for each head the one that replaces it (Dhurandhar et al. 2024, Algorithm 3).</summary>
public static class DominatingHeads
{
    /// <summary>
    /// Scans the heads in order and moves on to one whose similar heads include all of the present one's and more, or exactly the same
    /// when it comes later. What is left after the scan replaces the head: it is similar to it and is itself never replaced, so the
    /// order of merging does not matter and at least one head survives.
    /// </summary>
    /// <returns>For each head its replacement; itself where it survives.</returns>
    public static int[] Find(SimilarityGraph graph)
    {
        int[] replacements = new int[graph.HeadCount];
        for (int head = 0; head < replacements.Length; head++)
        {
            int current = head;
            for (int other = 0; other < replacements.Length; other++)
            {
                if (graph.IsDominatedBy(current, other) || (current < other && graph.HaveSameNeighbors(current, other)))
                {
                    current = other;
                }
            }

            replacements[head] = current;
        }

        return replacements;
    }
}
