namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>
/// A tensor whose elements do not lie one after the other, e.g. a transposed view. The part of the storage that a read touches is held in
/// memory while it is put in order.
/// </summary>
internal sealed class StridedTensor(TensorInfo info, ByteSource storage, long start, long[] strides, string file) : StoredTensor(info)
{
    private readonly int size = info.DataType.BitCount() / 8;

    // A chunk may touch the whole storage, so the fewer the better.
    /// <inheritdoc/>
    public override int ChunkBytes => 1 << 29;

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        // Both are whole elements: all callers ask for chunks of such.
        long first = offset / size;
        int count = destination.Length / size;
        var (low, high) = Touched(first, count);
        long length = (high - low + 1) * size;
        if (length > Array.MaxLength)
        {
            throw PickleErrors.BadTensor(
                file, "elements too far apart to be put in order", $"{length} bytes", $"at most {Array.MaxLength}");
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        storage.Read((start + low) * size, bytes);
        Gather(first, count, bytes, low, destination);
    }

    /// <summary>The lowest and highest element of the storage, from the tensor's start, within the rows that elements lie in.</summary>
    private (long Low, long High) Touched(long first, int count)
    {
        long rowElements = Info.ElementCount / Info.Shape[0];
        long low = first / rowElements * strides[0];
        long high = (first + count - 1) / rowElements * strides[0];
        for (int d = 1; d < strides.Length; d++)
        {
            high += (Info.Shape[d] - 1) * strides[d];
        }

        return (low, high);
    }

    private void Gather(long first, int count, ReadOnlySpan<byte> bytes, long low, Span<byte> destination)
    {
        // Coordinates and storage position of an element, moved on as the digits of a counter are.
        Span<int> index = stackalloc int[strides.Length];
        long position = -low;
        long rest = first;
        for (int d = strides.Length - 1; d >= 0; d--)
        {
            index[d] = (int)(rest % Info.Shape[d]);
            rest /= Info.Shape[d];
            position += index[d] * strides[d];
        }

        for (int i = 0; i < count; i++)
        {
            bytes.Slice((int)(position * size), size).CopyTo(destination[(i * size)..]);
            for (int d = strides.Length - 1; d >= 0; d--)
            {
                position += strides[d];
                if (++index[d] < Info.Shape[d])
                {
                    break;
                }

                position -= Info.Shape[d] * strides[d];
                index[d] = 0;
            }
        }
    }
}
