using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>Square sums of a layer's input channels in which the <c>n</c>-th sequence, from 1, has the weight <c>2/n</c>.</summary>
/// <param name="columns">Input channels.</param>
/// <param name="sequenceLength">Tokens of a sequence.</param>
internal sealed class HarmonicSums(int columns, int sequenceLength)
{
    private readonly double[] sums = new double[columns];
    private int sequences;

    /// <summary>Adds whole sequences <c>[sequences * tokens, columns]</c>.</summary>
    public void Add(IBackend backend, Tensor input)
    {
        for (int row = 0; row < input.RowCount; row += sequenceLength)
        {
            double[] own = new double[columns];
            backend.AddColumnSquareSums(input.Rows(row, sequenceLength), own);
            double weight = 2.0 / ++sequences;
            for (int c = 0; c < columns; c++)
            {
                sums[c] += weight * own[c];
            }
        }
    }

    /// <summary>The norms over <paramref name="samples"/> sequences.</summary>
    public float[] ToNorms(int samples) => [.. sums.Select(sum => MathF.Sqrt((float)(sum / samples)))];
}
