using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// How far the output of a block is from what it should be: <c>Σ ((Y - Ŷ)/σ)² / hidden</c> with <c>σ_h</c> the norm of feature
/// <c>h</c> of the reference over the tokens at hand (Xu et al. 2024, as the published code weighs it).
/// </summary>
internal static class ReconstructionLoss
{
    /// <summary>The loss, and its gradient by the output.</summary>
    /// <param name="output">The output <c>Ŷ [tokens, hidden]</c>.</param>
    /// <param name="reference">The reference <c>Y [tokens, hidden]</c>.</param>
    /// <param name="gradient">Receives <c>dL/dŶ</c>.</param>
    public static double Compute(Tensor output, Tensor reference, Tensor gradient)
    {
        int hidden = output.Columns;
        double[] squares = new double[hidden];
        double[] differences = new double[hidden];
        for (int token = 0; token < output.RowCount; token++)
        {
            var expected = reference.Row(token);
            var actual = output.Row(token);
            for (int h = 0; h < hidden; h++)
            {
                double difference = (double)expected[h] - actual[h];
                squares[h] += (double)expected[h] * expected[h];
                differences[h] += difference * difference;
            }
        }

        double loss = 0;
        double[] factors = new double[hidden];
        for (int h = 0; h < hidden; h++)
        {
            // A feature that is zero throughout has no scale of its own; it counts as it is.
            double variance = squares[h] > 0 ? squares[h] : 1;
            loss += differences[h] / variance;
            factors[h] = -2 / (variance * hidden);
        }

        for (int token = 0; token < output.RowCount; token++)
        {
            var expected = reference.Row(token);
            var actual = output.Row(token);
            var row = gradient.Row(token);
            for (int h = 0; h < hidden; h++)
            {
                row[h] = (float)(factors[h] * ((double)expected[h] - actual[h]));
            }
        }

        return loss / hidden;
    }
}
