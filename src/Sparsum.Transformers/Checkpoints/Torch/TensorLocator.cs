namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>Checks that a tensor lies within its storage and finds the way to read it.</summary>
internal static class TensorLocator
{
    /// <summary>Turns a view of a storage into something that can be read.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">The view reaches outside its storage, or repeats elements.</exception>
    public static StoredTensor Locate(string name, TorchTensor tensor, TorchContainer container, string file)
    {
        var source = container.Find(tensor.Storage);
        int size = tensor.DataType.BitCount() / 8;
        int storageSize = tensor.Storage.DataType is { } type ? type.BitCount() / 8 : 1;
        long capacity = tensor.Storage.ElementCount * storageSize / size;
        var (count, last) = Measure(tensor);
        if (tensor.Offset < 0 || tensor.Offset > capacity || (count > 0 && last >= capacity - tensor.Offset))
        {
            throw Bad("elements outside its storage", $"offset {tensor.Offset} and extent {last}", $"within {capacity} elements");
        }

        // A view may repeat elements (expand); such a claim costs no bytes in the file and could ask for any amount of memory.
        if (count > capacity)
        {
            throw Bad("more elements than its storage", $"{count}", $"at most {capacity}");
        }

        var info = new TensorInfo(name, tensor.DataType, tensor.Shape);
        return IsContiguous(tensor)
            ? new ContiguousTensor(info, source, tensor.Offset * size)
            : new StridedTensor(info, source, tensor.Offset, tensor.Strides, file);

        Checkpoints.TorchCheckpointException Bad(string what, string found, string expected) =>
            PickleErrors.BadTensor(file, $"{what} ('{name}')", found, expected);
    }

    /// <summary>Number of elements, and the distance of the last from the first in the storage; both stop at 2^62.</summary>
    private static (long Count, long Last) Measure(TorchTensor tensor)
    {
        const long Bound = 1L << 62;
        if (tensor.Shape.Contains(0))
        {
            return (0, 0);
        }

        Int128 count = 1;
        Int128 last = 0;
        for (int d = 0; d < tensor.Shape.Length; d++)
        {
            count = Int128.Min(count * tensor.Shape[d], Bound);
            last = Int128.Min(last + ((Int128)(tensor.Shape[d] - 1) * tensor.Strides[d]), Bound);
        }

        return ((long)count, (long)last);
    }

    private static bool IsContiguous(TorchTensor tensor)
    {
        long expected = 1;
        for (int d = tensor.Shape.Length - 1; d >= 0; d--)
        {
            // The stride of a dimension of one element is never used.
            if (tensor.Shape[d] != 1 && tensor.Strides[d] != expected)
            {
                return tensor.Shape.Contains(0);
            }

            expected *= tensor.Shape[d];
        }

        return true;
    }
}
