namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>From the exponents of blocks to ratios: the lighter the tail, the sparser (Lu et al. 2024, eq. 3).</summary>
internal static class AlphaMapping
{
    private const double Least = 0.01;
    private const double Most = 0.99;

    /// <summary>
    /// <c>ratio_i = η p_i</c> with <c>p</c> on a line from <c>1 - ε</c> at the smallest exponent to <c>1 + ε</c> at the largest, and <c>η</c>
    /// such that the mean over weights is <paramref name="sparsity"/>. Ratios may leave the range from 0 to 1.
    /// </summary>
    public static double[] Ratios(IReadOnlyList<double> alphas, IReadOnlyList<long> sizes, double sparsity, double epsilon)
    {
        double least = alphas.Min();
        double range = alphas.Max() - least;
        double[] shares =
        [
            .. alphas.Select(alpha => range == 0 ? 1 : ((alpha - least) / range * (1 + epsilon - (1 - epsilon))) + (1 - epsilon)),
        ];

        // The published code holds this one product in single precision; floor(C · ratio) can depend on it.
        double wanted = (float)(sparsity * sizes.Sum());
        double factor = wanted / shares.Zip(sizes, (share, size) => share * size).Sum();
        return [.. shares.Select(share => factor * share)];
    }

    /// <summary>
    /// Clips ratios to 0.01 .. 0.99 and scales those that are not clipped, until the mean over weights is <paramref name="sparsity"/> again.
    /// Ratios that are all within are returned as they are.
    /// </summary>
    public static double[] Clip(IReadOnlyList<double> ratios, IReadOnlyList<long> sizes, double sparsity)
    {
        double least = Math.Min(Least, sparsity);
        double most = Math.Max(Most, sparsity);
        double[] clipped = [.. ratios];
        bool[] isFixed = new bool[clipped.Length];
        while (true)
        {
            bool isNew = false;
            for (int i = 0; i < clipped.Length; i++)
            {
                if (!isFixed[i] && (clipped[i] < least || clipped[i] > most))
                {
                    clipped[i] = Math.Clamp(clipped[i], least, most);
                    isFixed[i] = isNew = true;
                }
            }

            if (!isNew || Array.TrueForAll(isFixed, value => value))
            {
                return clipped;
            }

            double settled = Sum(i => isFixed[i]);
            double factor = ((sparsity * sizes.Sum()) - settled) / Sum(i => !isFixed[i]);
            for (int i = 0; i < clipped.Length; i++)
            {
                clipped[i] *= isFixed[i] ? 1 : factor;
            }
        }

        double Sum(Func<int, bool> isWanted) => Enumerable.Range(0, clipped.Length).Where(isWanted).Sum(i => clipped[i] * sizes[i]);
    }
}
