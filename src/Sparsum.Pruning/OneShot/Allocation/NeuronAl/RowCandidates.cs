using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The plans of the row step.</summary>
internal static class RowCandidates
{
    /// <summary>One for each lambda, all around the block step's choice.</summary>
    public static IReadOnlyList<Candidate> Create(
        IReadOnlyList<TransformerBlock> blocks, Candidate chosen, RowSignals signals, SearchRules options) =>
    [
        .. options.RowLambdas.Select(lambda => new Candidate(
            lambda,
            [.. blocks.Select(block => block.Linears.Select((layer, place) =>
                ToTarget(signals.Of(block, layer), layer, chosen.Targets[block.Index][place].Ratio, lambda, options)).ToArray())])),
    ];

    private static LayerTarget ToTarget(float[]? signal, Linear layer, double ratio, double lambda, SearchRules options) => new(ratio)
    {
        RowRatios = RowRatios.Of(signal, layer.OutputSize, ratio, lambda),
        RowRounding = options.RowRounding,
    };
}

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
