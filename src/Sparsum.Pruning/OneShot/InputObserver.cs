using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Gathers statistics of every layer's input; layers that read one tensor share them, so that what is computed from them is computed once.
/// </summary>
/// <param name="backend">What computes.</param>
/// <param name="kinds">What to gather; square sums always are.</param>
internal sealed class InputObserver(IBackend backend, StatisticKinds kinds = StatisticKinds.Squares) : ILinearObserver
{
    private readonly Dictionary<Linear, InputSums> sums = [];
    private readonly Dictionary<InputSums, LayerStatistics> statistics = [];
    private Tensor? lastInput;
    private InputSums? lastSums;

    /// <inheritdoc/>
    public void Observe(Linear layer, Tensor input)
    {
        if (ReferenceEquals(input, lastInput))
        {
            sums[layer] = lastSums!;
            return;
        }

        if (!sums.TryGetValue(layer, out lastSums))
        {
            sums.Add(layer, lastSums = new InputSums(layer.InputSize, kinds));
        }

        lastInput = input;
        lastSums.Add(backend, input);
    }

    /// <summary>What was seen of a layer's input over <paramref name="samples"/> sequences; the same object for layers that share it.</summary>
    public LayerStatistics StatisticsOf(Linear layer, int samples)
    {
        var own = sums[layer];
        if (!statistics.TryGetValue(own, out var result))
        {
            statistics.Add(own, result = own.ToStatistics(samples));
        }

        return result;
    }
}
