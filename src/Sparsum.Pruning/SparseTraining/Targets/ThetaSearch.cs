using Sparsum.Pruning.Topology;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Targets;

/// <summary>Chooses θ so that a wanted number of heads is kept over all modules.</summary>
public static class ThetaSearch
{
    /// <summary>The distances of all pairs of heads that a module has now.</summary>
    public static float[,] Distances(AttentionLayer attention, bool includeQueryBias = false)
    {
        var distances = new float[attention.HeadCount, attention.HeadCount];
        for (int i = 0; i < attention.HeadCount; i++)
        {
            for (int j = 0; j < i; j++)
            {
                distances[i, j] = distances[j, i] = HeadDistances.Between(attention, i, j, includeQueryBias);
            }
        }

        return distances;
    }

    /// <summary>How many heads one elimination with this θ keeps.</summary>
    public static int HeadsKept(IEnumerable<float[,]> modules, double theta) => modules.Sum(distances => HeadsKept(distances, (float)theta));

    /// <summary>
    /// The θ whose elimination keeps closest to the wanted number; of equally close ones the smallest. More similar pairs do not always
    /// mean fewer heads, so every distance that occurs is tried.
    /// </summary>
    /// <param name="modules">The distances of each module.</param>
    /// <param name="headsKept">Heads wanted over all modules.</param>
    /// <returns>θ, negative when keeping all heads is closest, and the heads that it keeps.</returns>
    public static (double Theta, int HeadsKept) Choose(IReadOnlyList<float[,]> modules, int headsKept)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(headsKept);
        (double Theta, int HeadsKept) best = (-1, HeadsKept(modules, -1));
        foreach (float theta in modules.SelectMany(Pairs).Where(float.IsFinite).Distinct().Order())
        {
            int kept = HeadsKept(modules, theta);
            if (Math.Abs(kept - headsKept) < Math.Abs(best.HeadsKept - headsKept))
            {
                best = (theta, kept);
            }
        }

        return best;
    }

    private static int HeadsKept(float[,] distances, float theta)
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

        return DominatingHeads.Find(graph).Distinct().Count();
    }

    private static IEnumerable<float> Pairs(float[,] distances)
    {
        for (int i = 0; i < distances.GetLength(0); i++)
        {
            for (int j = 0; j < i; j++)
            {
                yield return distances[i, j];
            }
        }
    }
}
