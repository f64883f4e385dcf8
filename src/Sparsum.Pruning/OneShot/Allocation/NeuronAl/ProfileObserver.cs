using Sparsum.Core;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>
/// Gathers the activation profile of each layer, the norms of its input channels, and what a method needs beside it. Layers that read one
/// tensor share theirs.
/// </summary>
/// <param name="backend">What computes.</param>
/// <param name="kinds">What the method needs.</param>
/// <param name="samples">Number of sequences that will pass.</param>
/// <param name="weighsHarmonically">Whether the <c>n</c>-th sequence counts <c>1/n</c>.</param>
internal sealed class ProfileObserver(IBackend backend, StatisticKinds kinds, int samples, bool weighsHarmonically)
    : ISharedObserver, IDisposable
{
    private readonly InputObserver inputs = new(backend, kinds);
    private readonly Dictionary<Linear, HarmonicSums> weighted = [];
    private int sequences;
    private int passed;

    /// <inheritdoc/>
    public void BeginPass(int sequences)
    {
        passed += this.sequences;
        this.sequences = sequences;
        inputs.BeginPass(sequences);
    }

    /// <inheritdoc/>
    public void Observe(Linear layer, Tensor input)
    {
        inputs.Observe(layer, input);
        Weigh(layer, input, SequenceLengths.Equal(input, sequences));
    }

    /// <inheritdoc/>
    public void ObserveSome(Linear layer, Tensor input, IReadOnlyList<int> tokensOfSequences)
    {
        inputs.ObserveSome(layer, input, tokensOfSequences);
        Weigh(layer, input, tokensOfSequences);
    }

    /// <inheritdoc/>
    public void Sum(ProcessGroup group, IReadOnlyList<Linear> layers)
    {
        inputs.Sum(group, layers);
        foreach (var layer in weighsHarmonically ? layers : [])
        {
            weighted.TryAdd(layer, new HarmonicSums(layer.InputSize));
            weighted[layer].Sum(group);
        }
    }

    /// <summary>What was seen of a layer's input.</summary>
    public LayerStatistics StatisticsOf(Linear layer) => inputs.StatisticsOf(layer, samples);

    /// <summary>The norm of each of a layer's input channels.</summary>
    public ReadOnlySpan<float> ProfileOf(Linear layer) =>
        weighsHarmonically && weighted.TryGetValue(layer, out var sums) ? sums.ToNorms(samples) : StatisticsOf(layer).InputNorms;

    /// <inheritdoc/>
    public void Dispose() => inputs.Dispose();

    private void Weigh(Linear layer, Tensor input, IReadOnlyList<int> lengths)
    {
        if (!weighsHarmonically)
        {
            return;
        }

        if (!weighted.TryGetValue(layer, out var sums))
        {
            weighted.Add(layer, sums = new HarmonicSums(layer.InputSize));
        }

        sums.Add(backend, input, lengths, passed + 1);
    }
}

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

    /// <summary>Adds the sums of the other processes.</summary>
    public void Sum(ProcessGroup group) => group.Sum<double>(sums);

    /// <summary>The norms over <paramref name="samples"/> sequences.</summary>
    public float[] ToNorms(int samples) => [.. sums.Select(sum => MathF.Sqrt((float)(sum / samples)))];
}

/// <summary>How far two activation profiles of a layer are apart (Cunegatti et al. 2024, eq. 3, per input channel).</summary>
internal static class AlignmentTerm
{
    /// <summary>
    /// <c>‖D/ΣD - S/ΣS‖₂ / C</c>; a profile of zeros counts as such. Exactly 0 for profiles of the same input.
    /// </summary>
    public static double Compute(ReadOnlySpan<float> dense, ReadOnlySpan<float> sparse)
    {
        if (dense.SequenceEqual(sparse))
        {
            return 0;
        }

        double denseScale = Scale(dense);
        double sparseScale = Scale(sparse);
        double squares = 0;
        for (int c = 0; c < dense.Length; c++)
        {
            double difference = (dense[c] * denseScale) - (sparse[c] * sparseScale);
            squares += difference * difference;
        }

        return Math.Sqrt(squares) / dense.Length;
    }

    private static double Scale(ReadOnlySpan<float> profile)
    {
        double sum = 0;
        foreach (float value in profile)
        {
            sum += value;
        }

        return sum == 0 ? 0 : 1 / sum;
    }
}
