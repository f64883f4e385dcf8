using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot;

/// <summary>Sums the squares of every layer's input features; layers that read one tensor share one sum.</summary>
internal sealed class InputObserver(IBackend backend) : ILinearObserver
{
    private readonly Dictionary<Linear, double[]> squareSums = [];
    private Tensor? lastInput;
    private double[]? lastSums;

    /// <inheritdoc/>
    public void Observe(Linear layer, Tensor input)
    {
        if (ReferenceEquals(input, lastInput))
        {
            squareSums[layer] = lastSums!;
            return;
        }

        if (!squareSums.TryGetValue(layer, out lastSums))
        {
            squareSums.Add(layer, lastSums = new double[layer.InputSize]);
        }

        lastInput = input;
        backend.AddColumnSquareSums(input, lastSums);
    }

    /// <summary>What was seen of a layer's input over <paramref name="samples"/> sequences.</summary>
    public LayerStatistics StatisticsOf(Linear layer, int samples) => new(squareSums[layer], samples);
}
