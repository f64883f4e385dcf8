namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>
/// Hard-concrete gates of heads with a penalty on the probability of being open (Louizos et al. 2018; Voita et al. 2019): a gate is
/// <c>clip(1.2·σ((ln u - ln(1-u) + a) / 0.33) - 0.1, 0, 1)</c> while training, <c>clip(1.2·σ(a) - 0.1, 0, 1)</c> after it.
/// </summary>
/// <param name="lambda">Factor of the penalty.</param>
/// <param name="learningRate">The rate of a.</param>
/// <param name="headsKept">Heads that are left by the largest a; null leaves those whose gate is above a half.</param>
internal sealed class VoitaGates(double lambda, double learningRate, int? headsKept) : IHeadGateRule
{
    private const double Temperature = 0.33;
    private const double Low = -0.1;
    private const double High = 1.1;
    private const double Edge = 1e-6;

    /// <summary><c>-τ·ln(-l/r)</c>: an open probability is <c>σ(a + shift)</c>.</summary>
    private static readonly double Shift = -Temperature * Math.Log(-Low / High);

    public double LearningRate => learningRate;

    public double[] Gates(double[] parameters, double[] noise, int step) => [.. parameters.Zip(noise, (a, u) => Stretch(Soft(a, u)))];

    public double[] Gradient(double[] parameters, double[] noise, int step, double[] gateGradients)
    {
        double[] gradient = new double[parameters.Length];
        for (int i = 0; i < gradient.Length; i++)
        {
            double soft = Soft(parameters[i], noise[i]);
            double stretched = (soft * (High - Low)) + Low;
            double slope = stretched is >= 0 and <= 1 ? (High - Low) * soft * (1 - soft) / Temperature : 0;
            double open = Sigmoid(parameters[i] + Shift);
            gradient[i] = (gateGradients[i] * slope) + (lambda * (open is >= Edge and <= 1 - Edge ? open * (1 - open) : 0));
        }

        return gradient;
    }

    public double[] Final(double[] parameters)
    {
        double[] gates = [.. parameters.Select(a => Stretch(Sigmoid(a)))];
        if (headsKept is not { } count)
        {
            // Above a half means a > 0.
            return [.. gates.Select((gate, i) => parameters[i] > 0 ? gate : 0)];
        }

        // Clipped gates tie at 0 and 1, the numbers below them do not; a gate that is to stay must not be closed.
        var kept = Enumerable.Range(0, gates.Length).OrderByDescending(i => parameters[i]).Take(count).ToHashSet();
        return [.. gates.Select((gate, i) => kept.Contains(i) ? Math.Max(gate, Edge) : 0)];
    }

    /// <summary>The penalty: λ times the sum of the probabilities of being open.</summary>
    public double Penalty(double[] parameters) => lambda * parameters.Sum(a => Math.Clamp(Sigmoid(a + Shift), Edge, 1 - Edge));

    private static double Soft(double a, double u)
    {
        double inside = ((1 - (2 * Edge)) * u) + Edge;
        return Sigmoid((Math.Log(inside) - Math.Log(1 - inside) + a) / Temperature);
    }

    private static double Stretch(double soft) => Math.Clamp((soft * (High - Low)) + Low, 0, 1);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
