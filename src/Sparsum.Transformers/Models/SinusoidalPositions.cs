namespace Sparsum.Transformers.Models;

/// <summary>
/// First values of learned positions: sines and cosines of falling frequency (Vaswani et al. 2017, section 3.5) instead of random numbers.
/// Where a neighbour stands is then the same linear function at every position, so that a small model learns to look at neighbours from all
/// positions at once rather than at each anew.
/// </summary>
public static class SinusoidalPositions
{
    private const double Base = 10_000;

    /// <summary>Fills the position table of a model, if it has one; rows before position 0 stay as they are.</summary>
    /// <param name="model">A model with loaded values.</param>
    /// <param name="deviation">Root mean square of the values, as that of random ones.</param>
    public static void Fill(TransformerModel model, double deviation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviation);
        if (model.PositionEmbedding is not { } table)
        {
            return;
        }

        double amplitude = deviation * Math.Sqrt(2);
        for (int row = model.PositionOffset; row < table.Shape[0]; row++)
        {
            Span<float> values = table.Value.Row(row);
            for (int i = 0; i < values.Length; i++)
            {
                double angle = (row - model.PositionOffset) / Math.Pow(Base, (i - (i % 2)) / (double)values.Length);
                values[i] = (float)(amplitude * (i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle)));
            }
        }
    }
}
