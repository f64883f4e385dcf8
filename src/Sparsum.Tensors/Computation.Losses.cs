using System.Buffers;
using Sparsum.Tensors.Autograd.Nodes;

namespace Sparsum.Tensors;

/// <summary>Losses: numbers, from which a recording tape starts backward by itself.</summary>
public sealed partial class Computation
{
    private const int SkippedTarget = -100;

    /// <summary>
    /// Mean cross entropy of logits <c>[rows, classes]</c> in nats over the targets that are not -100; 0 if there are none.
    /// </summary>
    /// <param name="logits">Scores before the softmax.</param>
    /// <param name="targets">One class per row, or -100.</param>
    /// <param name="count">By what to divide the sum instead, for a batch that is computed in parts.</param>
    /// <param name="smoothing">The share of the target that all classes have alike, from 0 to below 1.</param>
    public double CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, int? count = null, float smoothing = 0)
    {
        double[] losses = ArrayPool<double>.Shared.Rent(targets.Length);
        Backend.CrossEntropy(logits, targets, losses.AsSpan(0, targets.Length), smoothing);
        double sum = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            sum += losses[row];
        }

        ArrayPool<double>.Shared.Return(losses);
        int divisor = Math.Max(1, count ?? (targets.Length - targets.Count(SkippedTarget)));
        if (Tracks(logits))
        {
            tape.Record(new CrossEntropyNode(logits, targets.ToArray(), 1f / divisor, smoothing));
        }

        return sum / divisor;
    }

    /// <summary>Mean of the squared differences between predictions and targets of equal number.</summary>
    /// <param name="predictions">What the model says.</param>
    /// <param name="targets">What is true.</param>
    /// <param name="count">By what to divide the sum instead, for a batch that is computed in parts.</param>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public double MeanSquaredError(Tensor predictions, ReadOnlySpan<float> targets, int? count = null)
    {
        using var difference = Workspace.Rent(predictions.Shape);
        if (targets.Length != difference.Length)
        {
            throw new ArgumentException($"{predictions} needs as many targets, not {targets.Length}.", nameof(targets));
        }

        targets.CopyTo(difference.Span);
        Backend.Scale(difference, -1);
        Backend.Add(predictions, difference, difference);
        double sum = 0;
        foreach (float value in difference.Span)
        {
            sum += (double)value * value;
        }

        int divisor = Math.Max(1, count ?? targets.Length);
        if (Tracks(predictions))
        {
            tape.Record(new SquaredErrorNode(predictions, difference, 1f / divisor));
        }

        return sum / divisor;
    }
}
