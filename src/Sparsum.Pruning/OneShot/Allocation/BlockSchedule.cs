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
    public static double[] Ratios(IReadOnlyList<long> sizes, double sparsity, double lambda)
    {
        int count = sizes.Count;
        if (count == 1)
        {
            return [sparsity];
        }

        double step = 1.0 / (count - 1) * lambda * 2;
        double[] line = [.. Enumerable.Range(0, count).Select(i => i * step)];
        bool areAlike = sizes.All(size => size == sizes[0]);

        // The densest block comes first, so the line is turned round; with blocks of unlike sizes the mean must be, too.
        double mean = areAlike ? PairwiseSum.Mean(line) : BlockSizes.Mean([.. line.Reverse()], sizes);
        return [.. line.Reverse().Select(value => Clip(1 - (value - mean + (1 - sparsity))))];
    }

    private static double Clip(double ratio) => ratio <= 0 ? Least : ratio >= 1 ? Most : ratio;
}
