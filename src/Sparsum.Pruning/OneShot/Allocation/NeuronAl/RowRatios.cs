namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>
/// The row step's ratios of one layer (Cunegatti et al. 2024): the row whose channel lost most is the densest. With the signal
/// <c>g</c> scaled to <c>z</c> in 0..1, <c>density_r = (1 - base) + 2λ (z_r - mean z)</c>, in the authors' order of operations.
/// </summary>
internal static class RowRatios
{
    private const double Least = 0.01;
    private const double Most = 0.99;

    /// <summary>A ratio for each of the first <paramref name="rows"/> entries of the signal; <paramref name="ratio"/> for all where it says nothing.</summary>
    /// <param name="signal">One number per channel; null for none.</param>
    /// <param name="rows">Rows of the layer.</param>
    /// <param name="ratio">The layer's ratio in the block step.</param>
    /// <param name="lambda">Half the width of the range.</param>
    public static double[] Of(float[]? signal, int rows, double ratio, double lambda)
    {
        double[] ratios = new double[rows];
        if (signal is null || !SaysSomething(signal))
        {
            Array.Fill(ratios, ratio);
            return ratios;
        }

        double least = signal.Min();
        double range = signal.Max() - least;
        double[] scaled = [.. signal.Select(value => (value - least) / range * lambda * 2)];
        double shift = PairwiseSum.Mean(scaled) - (1 - ratio);
        for (int row = 0; row < rows; row++)
        {
            ratios[row] = Math.Clamp(1 - (scaled[row] - shift), Least, Most);
        }

        return ratios;
    }

    private static bool SaysSomething(float[] signal) => signal.Min() < signal.Max() && signal.Sum(value => (double)value) != 0;
}
