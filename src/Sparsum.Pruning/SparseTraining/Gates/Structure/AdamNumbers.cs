namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>Adam (Kingma and Ba 2015) over a few numbers in double precision, without decay.</summary>
/// <param name="count">How many.</param>
internal sealed class AdamNumbers(int count)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;
    private double[] first = new double[count];
    private double[] second = new double[count];

    /// <summary>Moves numbers against a gradient, or along it at a negative rate.</summary>
    /// <param name="numbers">The numbers; updated.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="rate">The rate.</param>
    /// <param name="number">The step, from 1.</param>
    public void Step(double[] numbers, double[] gradient, double rate, int number)
    {
        double firstCorrection = 1 - Math.Pow(Beta1, number);
        double secondCorrection = 1 - Math.Pow(Beta2, number);
        for (int i = 0; i < numbers.Length; i++)
        {
            first[i] = (Beta1 * first[i]) + ((1 - Beta1) * gradient[i]);
            second[i] = (Beta2 * second[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
            numbers[i] -= rate * (first[i] / firstCorrection) / (Math.Sqrt(second[i] / secondCorrection) + Epsilon);
        }
    }

    /// <summary>The moments, one after the other.</summary>
    public double[] Save() => [.. first, .. second];

    /// <summary>Takes moments back.</summary>
    public void Restore(double[] state) => (first, second) = (state[..count], state[count..]);
}
