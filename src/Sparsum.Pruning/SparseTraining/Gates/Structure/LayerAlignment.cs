
namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>Which layer of a student learns from which of a teacher (Xia et al. 2022, section 3.2).</summary>
internal static class LayerAlignment
{
    /// <summary>The layers of a teacher that teach, ascending: four at equal distances, the last among them.</summary>
    /// <param name="count">Its layers.</param>
    public static int[] Teachers(int count) => [.. Enumerable.Range(1, 4).Select(quarter => (((quarter * count) + 3) / 4) - 1).Distinct()];

    /// <summary>The layer of the student for each layer of the teacher; -1 where there is none.</summary>
    /// <param name="errors">Mean squared errors, for each layer of the teacher one for each of the student.</param>
    /// <param name="isAlive">Whether attention of a layer of the student is there.</param>
    /// <param name="matching">The rule.</param>
    public static int[] Choose(double[][] errors, Func<int, bool> isAlive, LayerMatching matching)
    {
        int[] chosen = new int[errors.Length];
        int last = int.MaxValue;
        for (int teacher = errors.Length - 1; teacher >= 0; teacher--)
        {
            int[] ranked = [.. Enumerable.Range(0, errors[teacher].Length).OrderBy(student => errors[teacher][student])];
            int rank = matching == LayerMatching.Free
                ? 0
                : Array.FindIndex(ranked, student => student < last && isAlive(matching == LayerMatching.OrderedByRank ? Array.IndexOf(ranked, student) : student));

            // With nothing below it the last choice serves again.
            chosen[teacher] = rank >= 0 ? ranked[rank] : last == int.MaxValue ? -1 : last;
            last = chosen[teacher] >= 0 ? chosen[teacher] : last;
        }

        return chosen;
    }
}
