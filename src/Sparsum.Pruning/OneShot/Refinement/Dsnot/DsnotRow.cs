using Sparsum.Pruning.OneShot.Masks;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>What the refinement of one row works on.</summary>
internal readonly ref struct DsnotRow
{
    /// <summary>Expected contribution of each weight to the output, summed over a sequence: <c>G_c = W_c · m_c</c>.</summary>
    public required ReadOnlySpan<double> Contributions { get; init; }

    /// <summary>Which weights are pruned; changed by the refinement.</summary>
    public required Span<bool> Pruned { get; init; }

    /// <summary>What contributions are divided by to rank pruned weights: <c>v_c^p</c>.</summary>
    public required ReadOnlySpan<double> Spreads { get; init; }

    /// <summary>How much kept weights matter: <c>|W_c| · ‖X_c‖</c>, whatever the initial score.</summary>
    public required ReadOnlySpan<double> Importance { get; init; }

    /// <summary>The initial scores; only patterns need them.</summary>
    public required ReadOnlySpan<float> InitialScores { get; init; }

    /// <summary>The pattern of the mask; null when there is none.</summary>
    public required NmPattern? Pattern { get; init; }

    /// <summary>The row is done when its error is not above this.</summary>
    public required double Threshold { get; init; }

    /// <summary>Whether an exchange that turns the sign of the error is refused.</summary>
    public required bool SameSign { get; init; }

    /// <summary>What the dense row puts out beyond the pruned one: the sum of what is pruned.</summary>
    public double Error()
    {
        double error = 0;
        for (int c = 0; c < Pruned.Length; c++)
        {
            error += Pruned[c] ? Contributions[c] : 0;
        }

        return error;
    }

    /// <summary>
    /// The kept weight of the lowest initial score in the group of a restored one; -1 when all were taken.
    /// </summary>
    /// <param name="restored">The column of the restored weight.</param>
    /// <param name="taken">Columns that were pruned at first or proposed before; the result joins them.</param>
    public int TakeFromGroup(int restored, Span<bool> taken)
    {
        int first = restored - (restored % Pattern!.GroupSize);
        int lowest = -1;
        for (int c = first; c < first + Pattern.GroupSize; c++)
        {
            if (!taken[c] && (lowest < 0 || InitialScores[c] < InitialScores[lowest]))
            {
                lowest = c;
            }
        }

        if (lowest >= 0)
        {
            taken[lowest] = true;
        }

        return lowest;
    }
}
