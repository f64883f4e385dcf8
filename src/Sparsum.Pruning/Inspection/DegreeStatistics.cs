namespace Sparsum.Pruning.Inspection;

/// <summary>How many nonzero weights the neurons on one side of a layer have.</summary>
/// <param name="Mean">Mean number of nonzeros.</param>
/// <param name="StandardDeviation">Population standard deviation.</param>
/// <param name="Smallest">Fewest nonzeros.</param>
/// <param name="Largest">Most nonzeros.</param>
/// <param name="Isolated">Neurons without any.</param>
public sealed record DegreeStatistics(double Mean, double StandardDeviation, int Smallest, int Largest, int Isolated)
{
    /// <summary>Summarises the degrees of all neurons of a side.</summary>
    internal static DegreeStatistics Of(ReadOnlySpan<int> degrees)
    {
        double sum = 0;
        int smallest = int.MaxValue;
        int largest = 0;
        int isolated = 0;
        foreach (int degree in degrees)
        {
            sum += degree;
            smallest = Math.Min(smallest, degree);
            largest = Math.Max(largest, degree);
            isolated += degree == 0 ? 1 : 0;
        }

        double mean = sum / degrees.Length;
        double squares = 0;
        foreach (int degree in degrees)
        {
            squares += (degree - mean) * (degree - mean);
        }

        return new DegreeStatistics(mean, Math.Sqrt(squares / degrees.Length), smallest, largest, isolated);
    }
}
