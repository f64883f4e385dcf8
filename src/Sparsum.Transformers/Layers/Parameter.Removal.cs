using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

public sealed partial class Parameter
{
    private readonly int[]?[] kept = new int[]?[2];

    /// <summary>Which of the original rows or columns are there, ascending; null means all.</summary>
    public IReadOnlyList<int>? Kept(SliceAxis axis) => kept[Dimension(axis)];

    /// <summary>
    /// Gives up the part outside a slice, in place: the object stays the one that models and optimisers know. Without loaded values only
    /// the shape changes, so that a pruned checkpoint can be read into a model built at full size.
    /// </summary>
    /// <param name="slice">A slice of this parameter at its present shape.</param>
    /// <exception cref="ArgumentException">The slice is of another parameter or size.</exception>
    internal void Shrink(ParameterSlice slice)
    {
        int axis = Dimension(slice.Axis);
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
        kept[axis] = [.. kept[axis] is { } before ? slice.Kept.Select(i => before[i]) : slice.Kept];
        if (source.OutputFeatures is { } features && axis == 0)
        {
            source = source with { OutputFeatures = [.. slice.Kept.Select(i => features[i])] };
        }
    }

    /// <summary>
    /// The values in their original places, zeros where something was removed, as a new tensor of <see cref="OriginalShape"/>.
    /// </summary>
    /// <param name="values">Values of the present shape: those of the parameter, or its gradient.</param>
    public Tensor Spread(Tensor values)
    {
        var spread = Tensor.Zeros(originalShape);
        var (rows, columns) = (kept[0], kept[1]);
        if (originalShape.Length == 1)
        {
            for (int i = 0; i < shape[0]; i++)
            {
                spread.Span[rows?[i] ?? i] = values.Span[i];
            }

            return spread;
        }

        for (int r = 0; r < shape[0]; r++)
        {
            var from = values.Row(r);
            var to = spread.Row(rows?[r] ?? r);
            for (int c = 0; c < from.Length; c++)
            {
                to[columns?[c] ?? c] = from[c];
            }
        }

        return spread;
    }

    /// <summary>Says how many rows or columns the parameter has in the dense model.</summary>
    internal void CountAsDense(SliceAxis axis, int size)
    {
        int[] shape = [.. denseShape];
        shape[Dimension(axis)] = size;
        denseShape = shape;
    }

    /// <summary>Takes back all cuts: the parameter has its original shape and place in the checkpoint tensor, with zeros for what was gone.</summary>
    internal void Restore()
    {
        if (kept[0] is null && kept[1] is null)
        {
            return;
        }

        var (oldValue, oldGradient) = (value, Gradient);
        value = oldValue is null ? null : Spread(oldValue);
        Gradient = oldGradient is null ? null : Spread(oldGradient);
        oldValue?.Dispose();
        oldGradient?.Dispose();
        shape = originalShape;
        source = originalSource;
        kept[0] = kept[1] = null;
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

    private static int Dimension(SliceAxis axis) => axis == SliceAxis.Rows ? 0 : 1;
}
