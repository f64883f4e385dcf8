namespace Sparsum.Tensors.Optimization;

/// <summary>
/// What a sweep gathers about the weight <c>[rows, columns]</c> it has just written: the coefficients of the next step's penalty follow
/// from it, exactly, since nobody writes the weight in between.
/// </summary>
public sealed class SweepStatistics
{
    /// <summary>Creates empty statistics.</summary>
    /// <param name="rows">Rows of the weight.</param>
    /// <param name="columns">Columns of the weight.</param>
    /// <param name="epsilon">A weight is near zero when its magnitude is below this.</param>
    /// <param name="gathersColumns">Whether columns are looked at as well as rows.</param>
    public SweepStatistics(int rows, int columns, float epsilon, bool gathersColumns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        Epsilon = epsilon;
        RowNearZero = new int[rows];
        RowSums = new double[rows];
        Columns = columns;
        ColumnNearZero = new int[gathersColumns ? columns : 0];
        ColumnSums = new double[gathersColumns ? columns : 0];
    }

    /// <summary>Magnitudes below this are near zero.</summary>
    public float Epsilon { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => RowSums.Length;

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Near-zero weights of each row.</summary>
    public int[] RowNearZero { get; }

    /// <summary>Sum of magnitudes of each row.</summary>
    public double[] RowSums { get; }

    /// <summary>Near-zero weights of each column; empty unless columns are gathered.</summary>
    public int[] ColumnNearZero { get; }

    /// <summary>Sum of magnitudes of each column; empty unless columns are gathered.</summary>
    public double[] ColumnSums { get; }

    /// <summary>Whether columns are gathered.</summary>
    public bool GathersColumns => ColumnSums.Length == Columns;

    /// <summary>Near-zero weights in all.</summary>
    public long NearZero => RowNearZero.Sum(count => (long)count);

    internal void CheckFits(Tensor weight)
    {
        if (weight.RowCount != Rows || weight.Columns != Columns)
        {
            throw new ArgumentException($"Statistics of [{Rows}, {Columns}] do not fit {weight}.", nameof(weight));
        }
    }
}
