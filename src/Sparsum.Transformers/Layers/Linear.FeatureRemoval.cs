namespace Sparsum.Transformers.Layers;

public sealed partial class Linear
{
    // What a layer reads and gives keeps its width: these say which features of it the smaller weight is about.
    private int[]? inputs;
    private int[]? outputs;

    /// <summary>Which features of its input the layer reads, ascending; null means all.</summary>
    public IReadOnlyList<int>? Inputs => inputs;

    /// <summary>Which features of its result the layer computes, ascending; the others are the bias alone. Null means all.</summary>
    public IReadOnlyList<int>? Outputs => outputs;

    /// <summary>
    /// Removes columns of the weight, for input features that it does not use: they are no longer read, while what comes in stays as it
    /// is. Features that are gone already are passed over.
    /// </summary>
    /// <param name="features">Numbers of input features.</param>
    /// <returns>What stayed of the weight; empty when nothing was left to remove.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such feature.</exception>
    /// <exception cref="ArgumentException">No feature would be left.</exception>
    public IReadOnlyList<ParameterSlice> RemoveInputs(IReadOnlyCollection<int> features) => Remove(features, SliceAxis.Columns, ref inputs);

    /// <summary>
    /// Removes rows of the weight, for output features to which it adds nothing: they are the bias alone, while the result keeps its
    /// width and the bias its length. Features that are gone already are passed over.
    /// </summary>
    /// <inheritdoc cref="RemoveInputs"/>
    /// <param name="features">Numbers of output features.</param>
    public IReadOnlyList<ParameterSlice> RemoveOutputs(IReadOnlyCollection<int> features) => Remove(features, SliceAxis.Rows, ref outputs);

    /// <summary>Takes back all that was removed; zeros stand for it.</summary>
    internal void Restore()
    {
        Unpack();
        (inputs, outputs) = (null, null);
        foreach (var parameter in Parameters)
        {
            parameter.Restore();
        }
    }

    private IReadOnlyList<ParameterSlice> Remove(IReadOnlyCollection<int> features, SliceAxis axis, ref int[]? present)
    {
        int dimension = axis == SliceAxis.Rows ? 0 : 1;
        int size = Weight.Shape[dimension];
        foreach (int feature in features)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(feature, nameof(features));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(feature, present is null ? size : Weight.OriginalShape[dimension], nameof(features));
        }

        int[] before = present ?? [.. Enumerable.Range(0, size)];
        var going = features.ToHashSet();
        int[] slots = [.. Enumerable.Range(0, size).Where(slot => !going.Contains(before[slot]))];
        if (slots.Length == 0)
        {
            throw new ArgumentException($"Removing {features.Count} features of '{Name}' would leave none.", nameof(features));
        }

        if (slots.Length == size)
        {
            return [];
        }

        Unpack();
        var slice = new ParameterSlice(Weight, axis, size, slots);
        Weight.Shrink(slice);
        present = [.. slots.Select(slot => before[slot])];
        return [slice];
    }
}
