using Sparsum.Pruning.OneShot.Scoring;
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
    : ILinearObserver, IDisposable
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
