using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>Square sums of a layer's input channels in which the <c>n</c>-th sequence, from 1, has the weight <c>2/n</c>.</summary>
/// <param name="columns">Input channels.</param>
internal sealed class HarmonicSums(int columns)
{
    private readonly double[] sums = new double[columns];
    private int added;

    /// <summary>Adds whole sequences of one length, <c>[sequences * tokens, columns]</c>.</summary>
    public void Add(IBackend backend, Tensor input, int sequences)
    {
        int length = input.RowCount / sequences;
        for (int row = 0; row < input.RowCount; row += length)
        {
            double[] own = new double[columns];
            backend.AddColumnSquareSums(input.Rows(row, length), own);
            double weight = 2.0 / ++added;
            for (int c = 0; c < columns; c++)
            {
                sums[c] += weight * own[c];
            }
        }
    }

    /// <summary>The norms over <paramref name="samples"/> sequences.</summary>
    public float[] ToNorms(int samples) => [.. sums.Select(sum => MathF.Sqrt((float)(sum / samples)))];
}
