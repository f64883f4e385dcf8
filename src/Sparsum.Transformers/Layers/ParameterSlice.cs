using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// Which part of a parameter stayed when structure was removed. Whatever is kept beside the parameter, the moments of an optimiser above
/// all, is cut with the same slice.
/// </summary>
/// <param name="Parameter">The parameter; it is the same object before and after.</param>
/// <param name="Axis">The side that was cut.</param>
/// <param name="Size">Rows or columns before the cut.</param>
/// <param name="Kept">Those that stay, ascending.</param>
public sealed record ParameterSlice(Parameter Parameter, SliceAxis Axis, int Size, IReadOnlyList<int> Kept)
{
    /// <summary>The rows or columns that do not stay, ascending.</summary>
    public IReadOnlyList<int> Removed => [.. Enumerable.Range(0, Size).Except(Kept)];

    /// <summary>The kept part of a tensor of the old shape, as a new tensor.</summary>
    /// <exception cref="ArgumentException">The tensor has another number of rows or columns.</exception>
    public Tensor Cut(Tensor tensor)
    {
        CheckSize(tensor);
        if (tensor.Rank == 1)
        {
            return Tensor.From([.. Kept.Select(i => tensor.Span[i])], Kept.Count);
        }

        var result = Axis == SliceAxis.Rows ? Tensor.Allocate(Kept.Count, tensor.Columns) : Tensor.Allocate(tensor.RowCount, Kept.Count);
        for (int r = 0; r < result.RowCount; r++)
        {
            if (Axis == SliceAxis.Rows)
            {
                tensor.Row(Kept[r]).CopyTo(result.Row(r));
                continue;
            }

            var source = tensor.Row(r);
            var target = result.Row(r);
            for (int c = 0; c < target.Length; c++)
            {
                target[c] = source[Kept[c]];
            }
        }

        return result;
    }

    /// <summary>Zeroes the part that does not stay, for methods that mask instead of removing. The shape is unchanged.</summary>
    /// <exception cref="ArgumentException">The tensor has another number of rows or columns.</exception>
    public void ClearRemoved(Tensor tensor)
    {
        CheckSize(tensor);
        foreach (int i in Removed)
        {
            if (tensor.Rank == 1)
            {
                tensor.Span[i] = 0;
            }
            else if (Axis == SliceAxis.Rows)
            {
                tensor.Row(i).Clear();
            }
            else
            {
                for (int r = 0; r < tensor.RowCount; r++)
                {
                    tensor.Row(r)[i] = 0;
                }
            }
        }
    }

    private void CheckSize(Tensor tensor)
    {
        int size = tensor.Rank == 0 || tensor.Rank > 2 || (tensor.Rank == 1 && Axis == SliceAxis.Columns)
            ? -1
            : tensor.Shape[Axis == SliceAxis.Rows ? 0 : 1];
        if (size != Size)
        {
            throw new ArgumentException($"A slice of {Size} {(Axis == SliceAxis.Rows ? "rows" : "columns")} does not fit {tensor}.", nameof(tensor));
        }
    }
}
