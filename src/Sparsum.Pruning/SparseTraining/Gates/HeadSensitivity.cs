using Sparsum.Tensors;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>
/// How much the loss depends on each head (Michel et al. 2019): the mean over examples of <c>|∂loss/∂ξ_h|</c>, with ξ the gate of a head
/// at its present value, in evaluation mode.
/// </summary>
/// <param name="backend">What computes.</param>
/// <param name="model">A fine-tuned model with loaded values.</param>
internal sealed class HeadSensitivity(IBackend backend, TransformerModel model)
{
    /// <summary>Signed gradients of a batch's mean loss, for each module one for each head.</summary>
    /// <param name="gates">The gates, in place.</param>
    /// <param name="batch">The examples.</param>
    public double[][] Gradients(HeadGates gates, TrainingBatch batch)
    {
        var outputs = gates.Modules.Select(module => module.Output.Weight.Value).ToList();
        var gradients = outputs.Select(weight => Tensor.Zeros(weight.Shape)).ToList();
        try
        {
            using var computation = new Computation(backend);
            using var tape = computation.Record(isTraining: false);
            foreach (var (weight, gradient) in outputs.Zip(gradients))
            {
                tape.Watch(weight, gradient);
            }

            var objective = new TrainingObjective(model);
            objective.Loss(computation, batch, objective.CountTargets(batch));
            tape.Backward();
            return gates.Gradients(gradients);
        }
        finally
        {
            gradients.ForEach(gradient => gradient.Dispose());
        }
    }

    /// <summary>
    /// The importance of every head: means of absolute gradients, divided by the l2 norm of their module, then spread from 0 to 1 over all.
    /// </summary>
    /// <param name="gates">The gates, in place.</param>
    /// <param name="batches">Examples whose gradients are averaged before the absolute value: one each, or batches.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public double[][] Importances(HeadGates gates, IReadOnlyList<TrainingBatch> batches, CancellationToken cancellationToken = default)
    {
        double[][] sums = [.. gates.Modules.Select(module => new double[module.HeadCount])];
        foreach (var batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (sum, gradient) in sums.Zip(Gradients(gates, batch)))
            {
                for (int head = 0; head < sum.Length; head++)
                {
                    sum[head] += Math.Abs(gradient[head]) / batches.Count;
                }
            }
        }

        return Normalize(sums);
    }

    /// <summary>Divides by the l2 norm of each module, then takes the smallest of all to 0 and the largest to 1.</summary>
    public static double[][] Normalize(double[][] importances)
    {
        const double Floor = 1e-20;
        double[][] scaled =
        [
            .. importances.Select(module =>
            {
                double norm = Math.Sqrt(module.Sum(value => value * value)) + Floor;
                return module.Select(value => value / norm).ToArray();
            }),
        ];
        double least = scaled.Min(module => module.Min());
        double range = Math.Max(scaled.Max(module => module.Max()) - least, Floor);
        return [.. scaled.Select(module => module.Select(value => (value - least) / range).ToArray())];
    }
}
