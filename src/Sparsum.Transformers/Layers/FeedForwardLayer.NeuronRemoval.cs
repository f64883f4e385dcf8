namespace Sparsum.Transformers.Layers;

public sealed partial class FeedForwardLayer
{
    private int originalNeuronCount;
    private int[]? keptNeurons;

    /// <summary>Intermediate neurons that are there.</summary>
    public int NeuronCount => Up.OutputSize;

    /// <summary>Intermediate neurons before any was removed.</summary>
    public int OriginalNeuronCount => originalNeuronCount == 0 ? NeuronCount : originalNeuronCount;

    /// <summary>Original numbers of the neurons that are left, ascending; all neurons unless some were removed.</summary>
    public IReadOnlyList<int> KeptNeurons => keptNeurons ?? [.. Enumerable.Range(0, NeuronCount)];

    /// <summary>
    /// Removes intermediate neurons physically: their rows of the expanding matrices (weights and biases) and their columns of the
    /// contracting weight. The order of the others stays. Neurons that are gone already are passed over. What a removed neuron gave is
    /// lost; who wants it kept folds it into the output bias before.
    /// </summary>
    /// <param name="neurons">Original numbers of the neurons.</param>
    /// <returns>What stayed of each parameter, for the state that others keep beside it; empty when nothing was left to remove.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There never was such a neuron.</exception>
    /// <exception cref="ArgumentException">No neuron would be left.</exception>
    public IReadOnlyList<ParameterSlice> RemoveNeurons(IReadOnlyCollection<int> neurons)
    {
        var slices = SliceNeurons(neurons);
        if (slices.Count == 0)
        {
            return slices;
        }

        int[] kept = [.. KeptNeurons.Except(neurons)];
        originalNeuronCount = OriginalNeuronCount;
        foreach (var linear in Linears)
        {
            linear.Unpack();
        }

        foreach (var slice in slices)
        {
            slice.Parameter.Shrink(slice);
        }

        Parameter.CloseGaps([.. slices.Select(slice => slice.Parameter)]);
        keptNeurons = kept;
        return slices;
    }

    /// <summary>What <see cref="RemoveNeurons"/> would return, with nothing removed.</summary>
    /// <inheritdoc cref="RemoveNeurons"/>
    public IReadOnlyList<ParameterSlice> SliceNeurons(IReadOnlyCollection<int> neurons)
    {
        foreach (int neuron in neurons)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(neuron, nameof(neurons));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(neuron, OriginalNeuronCount, nameof(neurons));
        }

        var present = KeptNeurons;
        var going = neurons.ToHashSet();
        int[] slots = [.. Enumerable.Range(0, NeuronCount).Where(slot => !going.Contains(present[slot]))];
        if (slots.Length == 0)
        {
            throw new ArgumentException($"Removing {neurons.Count} neurons of '{Up.Name}' would leave none.", nameof(neurons));
        }

        if (slots.Length == NeuronCount)
        {
            return [];
        }

        return
        [
            .. Expand.SelectMany(linear => linear.Parameters)
                .Select(parameter => new ParameterSlice(parameter, SliceAxis.Rows, NeuronCount, slots)),
            new ParameterSlice(Down.Weight, SliceAxis.Columns, NeuronCount, slots),
        ];
    }

    /// <summary>Takes back all that was removed of the layer; zeros stand for it, so that it computes the same.</summary>
    public void Restore()
    {
        foreach (var linear in Linears)
        {
            linear.Restore();
        }

        keptNeurons = null;
    }
}
