namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// The optimiser Prodigy (Mishchenko and Defazio 2023, An Expeditiously Adaptive Parameter-Free Learner, algorithm 4): Adam whose step
/// size <c>d</c> is an estimate of the distance to the solution that grows as gradients and the way travelled agree. No weight decay, no
/// bias correction, no safeguard, learning rate 1, unlimited growth, as BESA uses it.
/// </summary>
internal sealed class Prodigy
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    private const double FirstDistance = 1e-6;
    private const double Epsilon = 1e-8;

    private static readonly double SumDecay = Math.Sqrt(SecondDecay);

    private readonly double coefficient;
    private readonly float[] start;
    private readonly float[] first;
    private readonly float[] second;
    private readonly float[] sums;
    private double numerator;

    /// <summary>Begins at a point.</summary>
    /// <param name="start">The parameters <c>x0</c>.</param>
    /// <param name="coefficient">Factor of the estimate, <c>d_coef</c>.</param>
    public Prodigy(ReadOnlySpan<float> start, double coefficient)
    {
        this.coefficient = coefficient;
        this.start = start.ToArray();
        first = new float[start.Length];
        second = new float[start.Length];
        sums = new float[start.Length];
    }

    /// <summary>The estimate <c>d</c>, which never shrinks.</summary>
    public double Distance { get; private set; } = FirstDistance;

    /// <summary>Moves the parameters by one step; where no gradient ever was, nothing moves.</summary>
    public void Step(Span<float> parameters, ReadOnlySpan<float> gradient)
    {
        double rate = Distance;
        double weight = rate / FirstDistance * rate;
        double agreement = 0;
        double denominator = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            double g = gradient[i];
            agreement += g * (start[i] - parameters[i]);
            first[i] = (float)((FirstDecay * first[i]) + ((1 - FirstDecay) * rate * g));
            second[i] = (float)((SecondDecay * second[i]) + ((1 - SecondDecay) * rate * rate * g * g));
            sums[i] = (float)((SumDecay * sums[i]) + (weight * g));
            denominator += Math.Abs(sums[i]);
        }

        numerator = (SumDecay * numerator) + (weight * agreement);
        if (denominator == 0)
        {
            return;
        }

        Distance = Math.Max(Distance, coefficient * numerator / denominator);
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] -= (float)(rate * first[i] / (Math.Sqrt(second[i]) + (Distance * Epsilon)));
        }
    }
}
