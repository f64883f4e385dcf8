using System.Runtime.InteropServices;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>Columns with negative and with positive contributions, each in an order in which they are taken once.</summary>
internal sealed class SignedColumns
{
    private readonly List<RankedColumn> negative = [];
    private readonly List<RankedColumn> positive = [];
    private int negativeTaken;
    private int positiveTaken;

    /// <summary>Adds a column; one that contributes nothing is left out.</summary>
    /// <param name="column">The column.</param>
    /// <param name="contribution">Its expected contribution to the output, whose sign says to which side it belongs.</param>
    /// <param name="key">The lowest is taken first.</param>
    public void Add(int column, double contribution, double key)
    {
        if (contribution != 0)
        {
            (contribution < 0 ? negative : positive).Add(new RankedColumn(key, column));
        }
    }

    /// <summary>Puts both sides in order.</summary>
    public void Sort()
    {
        CollectionsMarshal.AsSpan(negative).Sort();
        CollectionsMarshal.AsSpan(positive).Sort();
    }

    /// <summary>Takes the next column of a side; -1 when none is left.</summary>
    public int Take(bool isPositive)
    {
        var side = isPositive ? positive : negative;
        ref int taken = ref isPositive ? ref positiveTaken : ref negativeTaken;
        return taken < side.Count ? side[taken++].Column : -1;
    }
}
