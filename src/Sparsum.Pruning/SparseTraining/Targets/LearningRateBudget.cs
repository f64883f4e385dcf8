using Sparsum.Tensors;
using Sparsum.Training.Schedules;

namespace Sparsum.Pruning.SparseTraining.Targets;

/// <summary>
/// How far a penalty can carry weights at all. Adam moves a weight by about the learning rate per step however strong the penalty, so
/// only weights within the sum of all rates reach zero.
/// </summary>
/// <param name="Distance">The sum of the rates, B.</param>
public sealed record LearningRateBudget(double Distance)
{
    /// <summary>The budget of a schedule.</summary>
    public static LearningRateBudget Of(LearningRateSchedule schedule) => new(schedule.Reach);

    /// <summary>The share of normal weights within reach: <c>erf(B / (σ√2))</c>.</summary>
    /// <param name="deviation">σ of the weights; 0 means that all are zero already.</param>
    public double ReachableShare(double deviation) => deviation > 0 ? Erf(Distance / (deviation * Math.Sqrt(2))) : 1;

    /// <summary>The share within reach over several tensors, each with its own deviation.</summary>
    public double ReachableShare(IReadOnlyCollection<Tensor> weights) =>
        weights.Sum(weight => weight.Length * ReachableShare(RootMeanSquare(weight))) / Math.Max(1, weights.Sum(weight => (double)weight.Length));

    /// <summary>What to tell the user before a run that cannot reach its target; null when it can.</summary>
    /// <param name="target">The sparsity that is wanted.</param>
    /// <param name="weights">The regularised weights before training.</param>
    public string? Warning(double target, IReadOnlyCollection<Tensor> weights)
    {
        double share = ReachableShare(weights);
        return target <= share
            ? null
            : FormattableString.Invariant(
                $"Penalties alone cannot bring sparsity {target:P1}: the learning rates sum to {Distance:G3}, which carries at most {share:P1} of the weights to zero. ")
            + "A magnitude threshold does the rest; more steps or a higher rate leave it less to do.";
    }

    private static double RootMeanSquare(Tensor weight)
    {
        double sum = 0;
        for (int r = 0; r < weight.RowCount; r++)
        {
            foreach (float value in weight.Row(r))
            {
                sum += (double)value * value;
            }
        }

        return Math.Sqrt(sum / weight.Length);
    }

    /// <summary>The error function by its series of positive terms (Abramowitz and Stegun 7.1.6).</summary>
    private static double Erf(double x)
    {
        if (x >= 6)
        {
            return 1;
        }

        double term = x;
        double sum = x;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
