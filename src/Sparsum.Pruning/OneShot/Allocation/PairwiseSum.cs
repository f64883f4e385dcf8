namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// Sums in the order of NumPy's <c>sum</c> over contiguous doubles: eight interleaved partial sums, halves of what is longer than 128.
/// Ratios that come out of such a mean agree with the reference to the last bit.
/// </summary>
internal static class PairwiseSum
{
    private const int Lanes = 8;
    private const int LargestPiece = 128;

    /// <summary>The mean.</summary>
    public static double Mean(ReadOnlySpan<double> values) => Sum(values) / values.Length;

    /// <summary>The sum.</summary>
    public static double Sum(ReadOnlySpan<double> values)
    {
        if (values.Length > LargestPiece)
        {
            int half = values.Length / 2;
            half -= half % Lanes;
            return Sum(values[..half]) + Sum(values[half..]);
        }

        double sum = 0;
        int done = 0;
        if (values.Length >= Lanes)
        {
            Span<double> lanes = stackalloc double[Lanes];
            values[..Lanes].CopyTo(lanes);
            for (done = Lanes; done + Lanes <= values.Length; done += Lanes)
            {
                for (int lane = 0; lane < Lanes; lane++)
                {
                    lanes[lane] += values[done + lane];
                }
            }

            sum = lanes[0] + lanes[1] + (lanes[2] + lanes[3]) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]));
        }

        for (; done < values.Length; done++)
        {
            sum += values[done];
        }

        return sum;
    }
}
