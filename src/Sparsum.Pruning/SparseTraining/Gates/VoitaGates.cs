namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>
/// Hard-concrete gates of heads with a penalty on the probability of being open (Voita et al. 2019): <see cref="HardConcrete"/> at τ = 0.33
/// while training, <c>clip(1.2·σ(a) - 0.1, 0, 1)</c> after it.
/// </summary>
/// <param name="lambda">Factor of the penalty.</param>
/// <param name="learningRate">The rate of a.</param>
/// <param name="headsKept">Heads that are left by the largest a; null leaves those whose gate is above a half.</param>
internal sealed class VoitaGates(double lambda, double learningRate, int? headsKept) : IHeadGateRule
{
    private const double Edge = HardConcrete.Edge;
    private static readonly HardConcrete Distribution = new(0.33);

    public double LearningRate => learningRate;

    public double[] Gates(double[] parameters, double[] noise, int step) => [.. parameters.Zip(noise, (a, u) => Distribution.Gate(a, Inside(u)))];

    public double[] Gradient(double[] parameters, double[] noise, int step, double[] gateGradients) =>
    [
        .. parameters.Select((a, i) => (gateGradients[i] * Distribution.Slope(a, Inside(noise[i]))) + (lambda * Distribution.OpenSlope(a))),
    ];

    public double[] Final(double[] parameters)
    {
        double[] gates = [.. parameters.Select(a => HardConcrete.Stretch(HardConcrete.Sigmoid(a)))];
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
    public double Penalty(double[] parameters) => lambda * parameters.Sum(Distribution.Open);

    private static double Inside(double u) => ((1 - (2 * Edge)) * u) + Edge;
}
