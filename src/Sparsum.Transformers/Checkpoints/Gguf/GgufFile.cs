using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>
/// An open GGUF file, or all parts of a split one: metadata, and tensors under the names that the file has for them. The whole header is
/// checked when it is opened; reading widens a few rows at a time.
/// </summary>
public sealed class GgufFile : IDisposable
{
    private const int ChunkBytes = 256 * 1024;

    private readonly List<SafeFileHandle> handles = [];
    private readonly OrderedDictionary<string, (GgufTensor Tensor, ByteSource Bytes, long Offset, string File)> tensors = new(StringComparer.Ordinal);

    private GgufFile(string file)
    {
        File = file;
        try
        {
            var parts = GgufParts.Find(file);
            Metadata = null!;
            foreach (string part in parts)
            {
                var header = Add(part);
                Metadata ??= header.Metadata;
                GgufParts.Check(header.Metadata, part, parts);
            }

            GgufParts.CheckCount(Metadata!, tensors.Count);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file, the first one of several parts.</summary>
    public string File { get; }

    /// <summary>All tensors by name, in the order of the file.</summary>
    public IReadOnlyList<GgufTensor> Tensors => [.. tensors.Values.Select(entry => entry.Tensor)];

    /// <summary>The key-value pairs of the first part.</summary>
    internal GgufMetadata Metadata { get; }

    /// <summary>Opens a file; of a split one any part, all of which must be there.</summary>
    /// <exception cref="GgufException">The file breaks a rule of the format, or a part is missing.</exception>
    /// <exception cref="CheckpointException">The file is absent or may not be read.</exception>
    public static GgufFile Open(string file) => new(GgufParts.First(file));

    /// <summary>Reads only the metadata of a file.</summary>
    internal static GgufMetadata ReadMetadata(string file)
    {
        using var opened = Open(file);
        return opened.Metadata;
    }

    /// <summary>The file that holds a tensor.</summary>
    public string FileOf(string name) => tensors[name].File;

    /// <summary>Finds a tensor; null where there is none of the name.</summary>
    public GgufTensor? Find(string name) => tensors.TryGetValue(name, out var entry) ? entry.Tensor : null;

    /// <summary>Reads rows of a tensor, widened to float32.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first row, counted over all outer dimensions.</param>
    /// <param name="destination">Whole rows.</param>
    /// <exception cref="CheckpointException">The file ends early.</exception>
    public void ReadRows(string name, long start, Span<float> destination)
    {
        var (tensor, bytes, offset, _) = tensors[name];
        int rowElements = tensor.RowElements;
        if (destination.Length % rowElements != 0)
        {
            throw new ArgumentException($"Rows of '{name}' have {rowElements} elements.", nameof(destination));
        }

        int block = tensor.Type.BlockBytes();
        int blockElements = tensor.Type.BlockElements();
        int chunk = Math.Max(1, ChunkBytes / block);
        long position = offset + (start * tensor.RowBytes);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(chunk, destination.Length / blockElements) * block);
        try
        {
            for (int done = 0; done < destination.Length;)
            {
                int blocks = Math.Min(chunk, (destination.Length - done) / blockElements);
                var read = buffer.AsSpan(0, blocks * block);
                bytes.Read(position, read);
                BlockReader.Widen(tensor.Type, read, destination.Slice(done, blocks * blockElements));
                position += read.Length;
                done += blocks * blockElements;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => handles.ForEach(handle => handle.Dispose());

    private GgufHeader Add(string file)
    {
        var handle = FileRegion.Open(file, out long length);
        handles.Add(handle);
        var region = new FileRegion(handle, file, 0, length);
        var header = GgufHeader.Read(region, file);
        foreach (var (tensor, offset) in header.Tensors)
        {
            if (!tensors.TryAdd(tensor.Name, (tensor, region, header.DataStart + offset, file)))
            {
                throw GgufException.Malformed(file, $"another part has a tensor named '{tensor.Name}' too.");
            }
        }

        return header;
    }
}
