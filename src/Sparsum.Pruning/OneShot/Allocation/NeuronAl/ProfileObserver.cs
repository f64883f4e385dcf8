using Sparsum.Pruning.OneShot.Calibration;
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
/// <param name="calibration">The sequences that pass.</param>
/// <param name="weighsHarmonically">Whether the <c>n</c>-th sequence counts <c>1/n</c>.</param>
internal sealed class ProfileObserver(IBackend backend, StatisticKinds kinds, CalibrationSet calibration, bool weighsHarmonically)
    : ILinearObserver
{
    private readonly InputObserver inputs = new(backend, kinds);
    private readonly Dictionary<Linear, HarmonicSums> weighted = [];

    /// <inheritdoc/>
    public void Observe(Linear layer, Tensor input)
    {
        inputs.Observe(layer, input);
        if (weighsHarmonically)
        {
            if (!weighted.TryGetValue(layer, out var sums))
            {
                weighted.Add(layer, sums = new HarmonicSums(layer.InputSize, calibration.SequenceLength));
            }

            sums.Add(backend, input);
        }
    }

    /// <summary>What was seen of a layer's input.</summary>
    public LayerStatistics StatisticsOf(Linear layer) => inputs.StatisticsOf(layer, calibration.Samples);

    /// <summary>The norm of each of a layer's input channels.</summary>
    public ReadOnlySpan<float> ProfileOf(Linear layer) =>
        weighsHarmonically ? weighted[layer].ToNorms(calibration.Samples) : StatisticsOf(layer).InputNorms;
}
