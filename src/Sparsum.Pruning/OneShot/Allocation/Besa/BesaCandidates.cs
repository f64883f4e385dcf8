namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// The sparsities that BESA weighs against each other, <c>p_d = 1.00, 0.99, …, 0.00</c> (Xu et al. 2024). They are held in single
/// precision, rounded as the reference rounds them, eight at a time from the first of the eight: 0.70 is a little less than 0.7, and of 40
/// columns it prunes 27.
/// </summary>
internal static class BesaCandidates
{
    /// <summary>How many there are.</summary>
    public const int Count = 101;

    private const int Group = 8;

    private static readonly float[] Shares = [.. Enumerable.Range(0, Count).Select(Share)];

    /// <summary>The sparsities, highest first.</summary>
    public static ReadOnlySpan<float> Values => Shares;

    /// <summary><c>⌊columns · p_d⌋</c>: the weights of a row that each of them prunes.</summary>
    public static int[] PrunedCounts(int columns) => [.. Shares.Select(share => (int)Math.Floor((double)share * columns))];

    private static float Share(int index)
    {
        int first = index / Group * Group;
        float start = (float)(1 - (0.01 * first));
        return first + Group > Count ? (float)(1 - (0.01 * index)) : (float)(start - (0.01 * (index - first)));
    }
}
