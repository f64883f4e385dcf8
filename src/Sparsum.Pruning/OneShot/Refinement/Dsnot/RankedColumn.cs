namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>A column by a key; among equal keys the lower column comes first.</summary>
internal readonly record struct RankedColumn(double Key, int Column) : IComparable<RankedColumn>
{
    /// <inheritdoc/>
    public int CompareTo(RankedColumn other)
    {
        int order = Key.CompareTo(other.Key);
        return order != 0 ? order : Column.CompareTo(other.Column);
    }
}
