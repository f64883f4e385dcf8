namespace Sparsum.Pruning.HeadElimination;

/// <summary>
/// Which heads of one attention module are similar: an undirected graph whose closed neighbourhoods are bit masks. Symmetric and
/// reflexive, not transitive (Dhurandhar et al. 2024, Algorithm 2: the matrix S).
/// </summary>
public sealed class SimilarityGraph
{
    private readonly ulong[] words;
    private readonly int wordsPerHead;

    /// <summary>Creates a graph without similar pairs.</summary>
    /// <param name="headCount">Heads, from 1 on.</param>
    public SimilarityGraph(int headCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(headCount, 1);
        HeadCount = headCount;
        wordsPerHead = (headCount + 63) / 64;
        words = new ulong[headCount * wordsPerHead];
        for (int head = 0; head < headCount; head++)
        {
            Set(head, head);
        }
    }

    /// <summary>The graph of heads whose distances are at most <paramref name="theta"/>.</summary>
    /// <param name="distances">Symmetric distances of all pairs.</param>
    /// <param name="theta">θ; negative connects none.</param>
    public static SimilarityGraph Of(float[,] distances, float theta)
    {
        var graph = new SimilarityGraph(distances.GetLength(0));
        for (int i = 0; i < graph.HeadCount; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (distances[i, j] <= theta)
                {
                    graph.Connect(i, j);
                }
            }
        }

        return graph;
    }

    /// <summary>Number of heads.</summary>
    public int HeadCount { get; }

    /// <summary>Whether two different heads are similar.</summary>
    public bool AnySimilar { get; private set; }

    /// <summary>Notes that two heads are similar.</summary>
    public void Connect(int first, int second)
    {
        Set(first, second);
        Set(second, first);
        AnySimilar |= first != second;
    }

    /// <summary>Whether two heads are similar; each is to itself.</summary>
    public bool AreSimilar(int first, int second)
    {
        Check(first);
        Check(second);
        return (words[(first * wordsPerHead) + (second / 64)] >> (second % 64) & 1) != 0;
    }

    /// <summary>Whether two heads are similar to the same heads.</summary>
    public bool HaveSameNeighbors(int first, int second) => Neighbors(first).SequenceEqual(Neighbors(second));

    /// <summary>Whether everything similar to <paramref name="first"/> is similar to <paramref name="second"/>, and more is.</summary>
    public bool IsDominatedBy(int first, int second)
    {
        var inner = Neighbors(first);
        var outer = Neighbors(second);
        for (int i = 0; i < inner.Length; i++)
        {
            if ((inner[i] & ~outer[i]) != 0)
            {
                return false;
            }
        }

        return !inner.SequenceEqual(outer);
    }

    private ReadOnlySpan<ulong> Neighbors(int head)
    {
        Check(head);
        return words.AsSpan(head * wordsPerHead, wordsPerHead);
    }

    private void Set(int head, int neighbor)
    {
        Check(head);
        Check(neighbor);
        words[(head * wordsPerHead) + (neighbor / 64)] |= 1UL << (neighbor % 64);
    }

    private void Check(int head)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(head);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(head, HeadCount);
    }
}

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
