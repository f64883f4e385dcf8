using Sparsum.Pruning.OneShot.Planning;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// A line of ratios over depth (the block step of NeuronAl, Cunegatti et al. 2024; the progression), from <c>s - λ</c> at block 0 to <c>s + λ</c> at the last. The operations are
/// those of the authors' code in their order, because <c>⌊C · ratio⌋</c> depends on the last bit where the product is whole.
/// </summary>
internal static class BlockSchedule
{
    private const double Least = 0.01;
    private const double Most = 0.99;

    /// <summary>The ratio of each block; their mean over weights is <paramref name="sparsity"/> unless one had to be clipped.</summary>
    /// <param name="sizes">Weights of each block.</param>
    /// <param name="sparsity">The target.</param>
    /// <param name="lambda">Half the difference between the last and the first block.</param>
    /// <param name="shape">How ratios rise from one to the other.</param>
    public static double[] Ratios(IReadOnlyList<long> sizes, double sparsity, double lambda, DepthShape shape = DepthShape.Linear)
    {
        int count = sizes.Count;
        if (count == 1)
        {
            return [sparsity];
        }

        double step = 1.0 / (count - 1) * lambda * 2;
        double[] line = [.. Enumerable.Range(0, count).Select(i => i * step)];
        if (shape != DepthShape.Linear)
        {
            // What is turned round below is how much denser than the last a block is.
            line = [.. line.Select((_, i) => 2 * lambda * (1 - Rise(1 - ((double)i / (count - 1)), shape)))];
        }

        bool areAlike = sizes.All(size => size == sizes[0]);

        // The densest block comes first, so the line is turned round; with blocks of unlike sizes the mean must be, too.
        double mean = areAlike ? PairwiseSum.Mean(line) : BlockSizes.Mean([.. line.Reverse()], sizes);
        return [.. line.Reverse().Select(value => Clip(1 - (value - mean + (1 - sparsity))))];
    }

    private static double Rise(double depth, DepthShape shape) => shape == DepthShape.Exponential
        ? (Math.Exp(depth) - 1) / (Math.E - 1)
        : Math.Log(1 + (depth * (Math.E - 1)));

    private static double Clip(double ratio) => ratio <= 0 ? Least : ratio >= 1 ? Most : ratio;
}

/// <summary>
/// How ratios rise over depth <c>t</c>, 0 at the first block and 1 at the last. The paper of NeuronAl compares the three and gives no formulas;
/// the curves are those of <c>e</c> through both ends, each the other's inverse.
/// </summary>
public enum DepthShape
{
    /// <summary><c>t</c>.</summary>
    Linear,

    /// <summary><c>(e^t - 1)/(e - 1)</c>: most of the rise is near the end.</summary>
    Exponential,

    /// <summary><c>ln(1 + t (e - 1))</c>: most of the rise is near the beginning.</summary>
    Logarithmic,
}
