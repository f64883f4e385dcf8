using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Planning;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>From outlier shares <c>D_i</c> to sparsity: more outliers, more weights kept. Means are over weights.</summary>
internal static class OwlMapping
{
    private const double Least = 0.01;
    private const double Most = 0.99;

    /// <summary>
    /// <c>ratio_i = s - (u_i - mean u)</c> with <c>u_i = 2λ (D_i - min D)/(max D - min D)</c>: <c>2λ</c> wide, not centred on <c>s</c>.
    /// What leaves the range is clipped and not made up for elsewhere.
    /// </summary>
    public static double[] Ratios(
        IReadOnlyList<double> outliers, IReadOnlyList<long> sizes, double sparsity, double lambda, bool clipsHigh)
    {
        double[] shifts = Shifts(outliers, sizes, 2 * lambda);
        return [.. shifts.Select(shift => 1 - (shift + (1 - sparsity))).Select(ratio => ratio <= 0 ? Least : ratio >= 1 && clipsHigh ? Most : ratio)];
    }

    /// <summary>
    /// <c>n_i = n - round(u_i - mean u)</c> with <c>u_i = λ (D_i - min D)/(max D - min D)</c>, halves to even; at least one weight of a
    /// group stays.
    /// </summary>
    public static int[] PrunedPerGroup(IReadOnlyList<double> outliers, IReadOnlyList<long> sizes, NmPattern pattern, double lambda) =>
    [
        .. Shifts(outliers, sizes, lambda)
            .Select(shift => pattern.PrunedPerGroup - (int)Math.Round(shift, MidpointRounding.ToEven))
            .Select(count => Math.Clamp(count, 0, pattern.GroupSize - 1)),
    ];

    private static double[] Shifts(IReadOnlyList<double> outliers, IReadOnlyList<long> sizes, double width)
    {
        double least = outliers.Min();
        double range = outliers.Max() - least;
        double[] scaled = [.. outliers.Select(value => range == 0 ? 0 : (value - least) / range * width)];
        double mean = BlockSizes.Mean(scaled, sizes);
        return [.. scaled.Select(value => value - mean)];
    }
}
