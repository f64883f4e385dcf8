namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>
/// Differentiable subset pruning (Li et al. 2021): the gates are the sum of K softmaxes over noisy importances, each of which takes the mass
/// of those before it away, at a temperature that falls until K gates are 1 and the others 0.
/// </summary>
/// <param name="headsKept">K.</param>
/// <param name="temperature">The temperature of a step.</param>
/// <param name="learningRate">The rate of the importances.</param>
internal sealed class DspGates(int headsKept, Func<int, double> temperature, double learningRate) : IHeadGateRule
{
    private const double Smallest = 2.2250738585072014e-308;

    public double LearningRate => learningRate;

    public double[] Gates(double[] parameters, double[] noise, int step)
    {
        double[] mask = new double[parameters.Length];
        foreach (double[] share in Shares(parameters, noise, step))
        {
            for (int i = 0; i < mask.Length; i++)
            {
                mask[i] += share[i];
            }
        }

        return mask;
    }

    public double[] Gradient(double[] parameters, double[] noise, int step, double[] gateGradients)
    {
        double heat = temperature(step);
        var shares = Shares(parameters, noise, step);

        // r_j = r_1 + Σ_{i<j} ln(1 - p_i): what a later softmax says of r also says something of the earlier ones.
        double[] onScores = new double[parameters.Length];
        for (int j = shares.Count - 1; j >= 0; j--)
        {
            double[] share = shares[j];
            double[] onShare = new double[share.Length];
            for (int i = 0; i < share.Length; i++)
            {
                double left = 1 - share[i];
                onShare[i] = gateGradients[i] - (j < shares.Count - 1 && left > Smallest ? onScores[i] / left : 0);
            }

            double mean = 0;
            for (int i = 0; i < share.Length; i++)
            {
                mean += share[i] * onShare[i];
            }

            for (int i = 0; i < share.Length; i++)
            {
                onScores[i] += share[i] * (onShare[i] - mean) / heat;
            }
        }

        return onScores;
    }

    public double[] Final(double[] parameters)
    {
        var kept = Enumerable.Range(0, parameters.Length).OrderByDescending(i => parameters[i]).Take(headsKept).ToHashSet();
        return [.. Enumerable.Range(0, parameters.Length).Select(i => kept.Contains(i) ? 1.0 : 0.0)];
    }

    private List<double[]> Shares(double[] parameters, double[] noise, int step)
    {
        double heat = temperature(step);
        double[] scores = [.. parameters.Zip(noise, (w, u) => w - Math.Log(-Math.Log((u * (1 - Smallest)) + Smallest)))];
        var shares = new List<double[]>(headsKept);
        for (int j = 0; j < headsKept; j++)
        {
            if (j > 0)
            {
                double[] before = shares[^1];
                scores = [.. scores.Zip(before, (score, share) => score + Math.Log(Math.Max(1 - share, Smallest)))];
            }

            shares.Add(Softmax(scores, heat));
        }

        return shares;
    }

    private static double[] Softmax(double[] scores, double heat)
    {
        double largest = scores.Max();
        double[] powers = [.. scores.Select(score => Math.Exp((score - largest) / heat))];
        double sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }
}
