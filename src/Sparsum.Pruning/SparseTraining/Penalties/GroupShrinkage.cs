namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>
/// The exact proximal step of the attention penalty on one group: minimises <c>½‖x - z‖² + λ·√‖x‖₁</c>.
/// </summary>
public static class GroupShrinkage
{
    /// <summary>
    /// For a fixed sum s of magnitudes the solution is <paramref name="group"/> soft-thresholded by <c>λ / (2√s)</c>; the sum is iterated
    /// down to its largest fixed point, and the result kept if it is better than zero.
    /// </summary>
    /// <param name="group">z, replaced by the solution.</param>
    /// <param name="strength">λ, not negative.</param>
    public static void Apply(Span<double> group, double strength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(strength);
        const int MostRounds = 200;
        double sum = Shrunk(group, 0);
        for (int round = 0; round < MostRounds && sum > 0; round++)
        {
            double next = Shrunk(group, strength / (2 * Math.Sqrt(sum)));
            bool isSettled = sum - next <= 1e-15 * sum;
            sum = next;
            if (isSettled)
            {
                break;
            }
        }

        double threshold = sum > 0 ? strength / (2 * Math.Sqrt(sum)) : double.PositiveInfinity;
        double cost = strength * Math.Sqrt(sum);
        double costOfZero = 0;
        foreach (double z in group)
        {
            double change = Math.Min(Math.Abs(z), threshold);
            cost += change * change / 2;
            costOfZero += z * z / 2;
        }

        foreach (ref double z in group)
        {
            z = cost < costOfZero ? Math.CopySign(Math.Max(Math.Abs(z) - threshold, 0), z) : 0;
        }
    }

    private static double Shrunk(ReadOnlySpan<double> group, double threshold)
    {
        double sum = 0;
        foreach (double z in group)
        {
            sum += Math.Max(Math.Abs(z) - threshold, 0);
        }

        return sum;
    }
}
