namespace Sparsum.Transformers.Layers;

public sealed partial class Parameter
{
    /// <summary>
    /// Gives up the part outside a slice, in place: the object stays the one that models and optimisers know. Without loaded values only
    /// the shape changes, so that a pruned checkpoint can be read into a model built at full size.
    /// </summary>
    /// <param name="slice">A slice of this parameter at its present shape.</param>
    /// <exception cref="ArgumentException">The slice is of another parameter or size.</exception>
    internal void Shrink(ParameterSlice slice)
    {
        int axis = slice.Axis == SliceAxis.Rows ? 0 : 1;
        if (slice.Parameter != this || axis >= shape.Length || shape[axis] != slice.Size)
        {
            throw new ArgumentException($"The slice of {slice.Parameter} does not fit {this}.", nameof(slice));
        }

        if (value is not null)
        {
            var kept = slice.Cut(value);
            value.Dispose();
            value = kept;
        }

        if (Gradient is { } gradient)
        {
            Gradient = slice.Cut(gradient);
            gradient.Dispose();
        }

        // A new array: whoever holds the old shape goes on seeing it unchanged.
        int[] shrunk = [.. shape];
        shrunk[axis] = slice.Kept.Count;
        shape = shrunk;
        if (source.OutputFeatures is { } features && axis == 0)
        {
            source = source with { OutputFeatures = [.. slice.Kept.Select(i => features[i])] };
        }
    }

    /// <summary>
    /// Renumbers the output features of fused checkpoint tensors after parts of them have shrunk: the tensor as it would be stored now
    /// has no gaps.
    /// </summary>
    /// <param name="parameters">All parts of each fused tensor among them.</param>
    internal static void CloseGaps(IReadOnlyList<Parameter> parameters)
    {
        var fused = parameters.Where(parameter => parameter.source.OutputFeatures is not null);
        foreach (var parts in fused.GroupBy(parameter => parameter.source.TensorName).ToList())
        {
            int[] present = [.. parts.SelectMany(part => part.source.OutputFeatures!).Order()];
            foreach (var part in parts)
            {
                part.source = part.source with
                {
                    OutputFeatures = [.. part.source.OutputFeatures!.Select(feature => Array.BinarySearch(present, feature))],
                    FusedOutputFeatures = present.Length,
                };
            }
        }
    }
}
