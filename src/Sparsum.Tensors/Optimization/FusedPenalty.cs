namespace Sparsum.Tensors.Optimization;

/// <summary>
/// A penalty on a weight <c>[rows, columns]</c> whose gradient is <c>c · sign(w)</c>, with one coefficient per row or per column. It never
/// exists as a tensor: the optimiser applies it while it sweeps over the weights. <c>sign(0) = 0</c>.
/// </summary>
public sealed record FusedPenalty
{
    private FusedPenalty(float[]? rows, float[]? columns)
    {
        RowCoefficients = rows;
        ColumnCoefficients = columns;
    }

    /// <summary>One non-negative coefficient per row; null when they are per column.</summary>
    public float[]? RowCoefficients { get; }

    /// <summary>One non-negative coefficient per column; null when they are per row.</summary>
    public float[]? ColumnCoefficients { get; }

    /// <summary>How the penalty acts.</summary>
    public PenaltyMode Mode { get; init; }

    /// <summary>A penalty with a coefficient per row.</summary>
    /// <exception cref="ArgumentException">A coefficient is negative or NaN.</exception>
    public static FusedPenalty PerRow(float[] coefficients) => new(Checked(coefficients), null);

    /// <summary>A penalty with a coefficient per column.</summary>
    /// <exception cref="ArgumentException">A coefficient is negative or NaN.</exception>
    public static FusedPenalty PerColumn(float[] coefficients) => new(null, Checked(coefficients));

    internal void CheckFits(Tensor weight)
    {
        int expected = RowCoefficients is null ? weight.Columns : weight.RowCount;
        int found = (RowCoefficients ?? ColumnCoefficients)!.Length;
        if (found != expected)
        {
            throw new ArgumentException($"{found} coefficients do not fit {weight}.", nameof(weight));
        }
    }

    private static float[] Checked(float[] coefficients)
    {
        int wrong = Array.FindIndex(coefficients, coefficient => !(coefficient >= 0));
        return wrong < 0
            ? coefficients
            : throw new ArgumentException(
                FormattableString.Invariant($"Coefficient {wrong} is {coefficients[wrong]}; it must not be negative."), nameof(coefficients));
    }
}
