using System.Buffers;
using System.Runtime.InteropServices;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>What the file formats share: finding tensors by name and reading them chunk by chunk through a small pooled buffer.</summary>
internal sealed class TensorFile
{
    private readonly string file;
    private readonly OrderedDictionary<string, StoredTensor> stored = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorInfo> infos = new(StringComparer.Ordinal);

    /// <summary>Takes the tensors of a file, in the order in which they lie there.</summary>
    public TensorFile(string file, IEnumerable<StoredTensor> tensors)
    {
        this.file = file;
        foreach (var tensor in tensors)
        {
            stored.Add(tensor.Info.Name, tensor);
            infos.Add(tensor.Info.Name, tensor.Info);
        }
    }

    /// <inheritdoc cref="ICheckpoint.Tensors"/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => infos;

    /// <inheritdoc cref="ICheckpoint.FileOf"/>
    public string FileOf(string name)
    {
        Find(name);
        return file;
    }

    /// <inheritdoc cref="ICheckpoint.Read"/>
    public void Read(string name, Span<float> destination)
    {
        var tensor = Find(name);
        CheckLength(tensor.Info, tensor.Info.ElementCount, destination.Length);
        ReadElements(tensor, 0, destination);
    }

    /// <inheritdoc cref="ICheckpoint.ReadRows"/>
    public void ReadRows(string name, int start, int count, Span<float> destination)
    {
        var tensor = Find(name);
        var info = tensor.Info;
        if (info.Shape.Count == 0)
        {
            throw new ArgumentException($"Tensor '{name}' is a scalar and has no rows.", nameof(name));
        }

        int rows = info.Shape[0];
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rows - start);
        long rowElements = rows == 0 ? 0 : info.ElementCount / rows;
        CheckLength(info, rowElements * count, destination.Length);
        ReadElements(tensor, rowElements * start, destination);
    }

    /// <inheritdoc cref="ICheckpoint.ReadIntegers"/>
    public long[] ReadIntegers(string name)
    {
        var tensor = Find(name);
        var info = tensor.Info;
        if (!info.DataType.IsInteger())
        {
            throw new CheckpointException("not-integers", $"Tensor '{name}' of '{file}' does not hold integers.")
            {
                File = file,
                Found = info.DataType.SafetensorsName(),
                Expected = "an integer type",
            };
        }

        if (info.ElementCount > Array.MaxLength)
        {
            throw new CheckpointException("tensor-too-large", $"Tensor '{name}' of '{file}' has too many elements to read at once.")
            {
                File = file,
                Found = $"{info.ElementCount} elements",
                Expected = $"at most {Array.MaxLength}",
            };
        }

        var result = new long[info.ElementCount];
        ReadChunks(tensor, 0, result.AsSpan(), ElementReader.ToIntegers);
        if (info.DataType == TensorDataType.U64 && result.AsSpan().IndexOfAnyInRange(long.MinValue, -1) >= 0)
        {
            throw new CheckpointException("integer-too-large", $"Tensor '{name}' of '{file}' holds integers above 2^63 - 1.")
            {
                File = file,
            };
        }

        return result;
    }

    /// <inheritdoc cref="ICheckpoint.CopyBytes"/>
    public void CopyBytes(string name, Stream destination)
    {
        var tensor = Find(name);
        long total = tensor.Info.ByteCount;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(tensor.ChunkBytes, total));
        try
        {
            for (long offset = 0; offset < total;)
            {
                int count = (int)Math.Min(buffer.Length, total - offset);
                tensor.Read(offset, buffer.AsSpan(0, count));
                destination.Write(buffer, 0, count);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void CheckLength(TensorInfo info, long expected, int actual)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"The destination for '{info.Name}' has {actual} elements; {expected} are read.");
        }
    }

    private static void ReadChunks<T>(StoredTensor tensor, long firstElement, Span<T> destination, Conversion<T> convert)
    {
        int size = tensor.Info.DataType.BitCount() / 8;
        long total = (long)destination.Length * size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(tensor.ChunkBytes, total));
        try
        {
            int chunk = buffer.Length / size;
            for (int done = 0; done < destination.Length;)
            {
                int count = Math.Min(chunk, destination.Length - done);
                var bytes = buffer.AsSpan(0, count * size);
                tensor.Read((firstElement + done) * size, bytes);
                convert(tensor.Info.DataType, bytes, destination.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadElements(StoredTensor tensor, long firstElement, Span<float> destination)
    {
        var type = tensor.Info.DataType;
        if (!type.IsReadable())
        {
            throw new CheckpointException("unreadable-type", $"Tensor '{tensor.Info.Name}' of '{file}' cannot be read as numbers.")
            {
                File = file,
                Found = type.SafetensorsName(),
                Expected = "F64, F32, F16, BF16, F8_E5M2, F8_E4M3 or an integer type",
                Hint = "Convert the model to bfloat16 or float32 first.",
            };
        }

        if (type == TensorDataType.F32 && destination.Length <= int.MaxValue / sizeof(float))
        {
            tensor.Read(firstElement * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }

        ReadChunks(tensor, firstElement, destination, ElementReader.ToFloats);
    }

    private StoredTensor Find(string name) => stored.TryGetValue(name, out var tensor)
        ? tensor
        : throw new CheckpointException("missing-tensor", $"'{file}' has no tensor '{name}'.")
        {
            File = file,
            Found = $"{stored.Count} other tensors",
            Expected = name,
            Hint = "Check that the configuration belongs to these weights.",
        };

    private delegate void Conversion<T>(TensorDataType type, ReadOnlySpan<byte> bytes, Span<T> destination);
}
