using Sparsum.Pruning.HeadElimination;

namespace Sparsum.Pruning.Tests.HeadElimination;

/// <summary>Graphs for tests, and Algorithm 3 read off the page: matrices of 0 and 1, no bit masks.</summary>
internal static class Graphs
{
    /// <summary>From similar pairs, 1-based: <c>"12,23"</c>.</summary>
    public static SimilarityGraph Of(int headCount, string pairs)
    {
        var graph = new SimilarityGraph(headCount);
        foreach (string pair in pairs.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            graph.Connect(pair[0] - '1', pair[1] - '1');
        }

        return graph;
    }

    public static SimilarityGraph Random(Random random, int headCount)
    {
        var graph = new SimilarityGraph(headCount);
        double density = random.NextDouble();
        for (int i = 0; i < headCount; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (random.NextDouble() < density)
                {
                    graph.Connect(i, j);
                }
            }
        }

        return graph;
    }

    /// <summary>The rows of D as printed, with the assignment inside the loop: every head the scan visits.</summary>
    public static int[][] LiteralRows(SimilarityGraph graph) => Scan(graph, insideLoop: true);

    /// <summary>The rows of D with the assignment after the loop.</summary>
    public static int[][] Rows(SimilarityGraph graph) => Scan(graph, insideLoop: false);

    private static int[][] Scan(SimilarityGraph graph, bool insideLoop)
    {
        int k = graph.HeadCount;
        int[,] s = new int[k, k];
        for (int i = 0; i < k; i++)
        {
            for (int j = 0; j < k; j++)
            {
                s[i, j] = graph.AreSimilar(i, j) ? 1 : 0;
            }
        }

        var rows = new int[k][];
        for (int i = 0; i < k; i++)
        {
            var row = new SortedSet<int>();
            int best = i;
            for (int j = 0; j < k; j++)
            {
                int[] difference = [.. Enumerable.Range(0, k).Select(n => s[best, n] - s[j, n])];
                bool isSubset = !difference.Contains(1);
                bool isEqual = difference.All(d => d == 0);
                if ((isSubset && !isEqual) || (isEqual && best < j))
                {
                    best = j;
                }

                if (insideLoop)
                {
                    row.Add(best);
                }
            }

            row.Add(best);
            rows[i] = [.. row];
        }

        return rows;
    }
}
