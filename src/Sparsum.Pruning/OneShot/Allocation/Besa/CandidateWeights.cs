namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// The weights <c>β</c> of the candidates as a function of the parameters <c>θ</c> that are learned: <c>softmax(sigmoid(θ))</c>, or
/// <c>softmax(θ)</c> (Xu et al. 2024). The sigmoid keeps every weight within a factor of <c>e</c> of the others, and so the sparsity
/// between 0.376 and 0.624.
/// </summary>
internal static class CandidateWeights
{
    /// <summary>The weights; they add up to 1.</summary>
    public static void Compute(ReadOnlySpan<float> theta, bool useSigmoid, Span<double> beta)
    {
        double largest = double.NegativeInfinity;
        for (int d = 0; d < beta.Length; d++)
        {
            beta[d] = useSigmoid ? Sigmoid(theta[d]) : theta[d];
            largest = Math.Max(largest, beta[d]);
        }

        double sum = 0;
        for (int d = 0; d < beta.Length; d++)
        {
            beta[d] = Math.Exp(beta[d] - largest);
            sum += beta[d];
        }

        for (int d = 0; d < beta.Length; d++)
        {
            beta[d] /= sum;
        }
    }

    /// <summary>The sparsity that weights stand for, <c>α = Σ β_d p_d</c>.</summary>
    public static double Sparsity(ReadOnlySpan<double> beta)
    {
        double sum = 0;
        for (int d = 0; d < beta.Length; d++)
        {
            sum += beta[d] * BesaCandidates.Values[d];
        }

        return sum;
    }

    /// <summary>The gradient of <c>θ</c> from that of <c>β</c>.</summary>
    public static void Backward(
        ReadOnlySpan<float> theta, bool useSigmoid, ReadOnlySpan<double> beta, ReadOnlySpan<double> betaGradient, Span<float> thetaGradient)
    {
        double mean = 0;
        for (int d = 0; d < beta.Length; d++)
        {
            mean += beta[d] * betaGradient[d];
        }

        for (int d = 0; d < beta.Length; d++)
        {
            double gradient = beta[d] * (betaGradient[d] - mean);
            double sigmoid = useSigmoid ? Sigmoid(theta[d]) : 0;
            thetaGradient[d] = (float)(useSigmoid ? gradient * sigmoid * (1 - sigmoid) : gradient);
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
