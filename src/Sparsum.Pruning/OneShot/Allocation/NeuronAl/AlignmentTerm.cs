namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>How far two activation profiles of a layer are apart (Cunegatti et al. 2024, eq. 3, per input channel).</summary>
internal static class AlignmentTerm
{
    /// <summary>
    /// <c>‖D/ΣD - S/ΣS‖₂ / C</c>; a profile of zeros counts as such. Exactly 0 for profiles of the same input.
    /// </summary>
    public static double Compute(ReadOnlySpan<float> dense, ReadOnlySpan<float> sparse)
    {
        if (dense.SequenceEqual(sparse))
        {
            return 0;
        }

        double denseScale = Scale(dense);
        double sparseScale = Scale(sparse);
        double squares = 0;
        for (int c = 0; c < dense.Length; c++)
        {
            double difference = (dense[c] * denseScale) - (sparse[c] * sparseScale);
            squares += difference * difference;
        }

        return Math.Sqrt(squares) / dense.Length;
    }

    private static double Scale(ReadOnlySpan<float> profile)
    {
        double sum = 0;
        foreach (float value in profile)
        {
            sum += value;
        }

        return sum == 0 ? 0 : 1 / sum;
    }
}
