using Sparsum.Pruning.HeadElimination;

namespace Sparsum.Pruning.SparseTraining.Targets;

/// <summary>Chooses θ so that a wanted number of heads is kept over all modules.</summary>
public static class ThetaSearch
{
    /// <summary>How many heads one elimination with this θ keeps.</summary>
    /// <param name="modules">The distances of each module; see <see cref="HeadEliminator.Distances"/>.</param>
    /// <param name="theta">θ.</param>
    public static int HeadsKept(IEnumerable<float[,]> modules, double theta) =>
        modules.Sum(distances => Replacements(distances, theta).Distinct().Count());

    /// <summary>What an elimination with this θ replaces each head of a module by.</summary>
    public static int[] Replacements(float[,] distances, double theta) =>
        DominatingHeads.Find(SimilarityGraph.Of(distances, (float)theta));

    /// <summary>
    /// The θ whose elimination keeps the fewest heads that are still enough; of equally good ones the smallest. More similar pairs do not
    /// always mean fewer heads, so every distance that occurs is tried.
    /// </summary>
    /// <param name="modules">The distances of each module.</param>
    /// <param name="headsKept">Heads wanted over all modules.</param>
    /// <returns>θ, negative when nothing may go, and the heads that it keeps.</returns>
    public static (double Theta, int HeadsKept) Choose(IReadOnlyList<float[,]> modules, int headsKept)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(headsKept);
        (double Theta, int HeadsKept) best = (-1, HeadsKept(modules, -1));
        foreach (float theta in Candidates(modules))
        {
            int kept = HeadsKept(modules, theta);
            if (kept >= headsKept && kept < best.HeadsKept)
            {
                best = (theta, kept);
            }
        }

        return best;
    }

    /// <summary>Every finite distance that occurs, ascending: the values of θ between which something changes.</summary>
    public static IReadOnlyList<float> Candidates(IEnumerable<float[,]> modules) =>
        [.. modules.SelectMany(Pairs).Where(float.IsFinite).Distinct().Order()];

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
