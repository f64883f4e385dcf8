using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>Square sums of a layer's input channels in which the <c>n</c>-th sequence, from 1, has the weight <c>2/n</c>.</summary>
/// <param name="columns">Input channels.</param>
internal sealed class HarmonicSums(int columns)
{
    private readonly double[] sums = new double[columns];

    /// <summary>Adds sequences of these lengths, one after the other, of which the first has the number <paramref name="first"/>, from 1.</summary>
    public void Add(IBackend backend, Tensor input, IReadOnlyList<int> lengths, int first)
    {
        int row = 0;
        foreach (var (index, length) in lengths.Index())
        {
            double weight = 2.0 / (first + index);
            if (length == 0)
            {
                continue;
            }

            double[] own = new double[columns];
            backend.AddColumnSquareSums(input.Rows(row, length), own);
            row += length;
            for (int c = 0; c < columns; c++)
            {
                sums[c] += weight * own[c];
            }
        }
    }

    /// <summary>The norms over <paramref name="samples"/> sequences.</summary>
    public float[] ToNorms(int samples) => [.. sums.Select(sum => MathF.Sqrt((float)(sum / samples)))];
}
