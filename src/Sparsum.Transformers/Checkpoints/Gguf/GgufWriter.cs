using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>
/// Writes a GGUF file of version 3: header first, then tensor after tensor in a few rows at a time. The bytes go to a sibling of the target,
/// which takes its place when all is written.
/// </summary>
internal static class GgufWriter
{
    private const int ChunkElements = 1 << 18;

    /// <summary>Reads rows of the tensor that is written, from one on.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="rows">Takes whole rows.</param>
    public delegate void RowReader(long start, Span<float> rows);

    /// <summary>What a tensor is made of.</summary>
    /// <param name="Tensor">Its name, type and shape.</param>
    /// <param name="Read">Gives its rows.</param>
    /// <param name="ReadScales">Gives the scales of their blocks, where the values are steps of scales already; null where they are not.</param>
    public readonly record struct Entry(GgufTensor Tensor, RowReader Read, RowReader? ReadScales = null);

    /// <summary>Writes a file.</summary>
    /// <param name="path">The target, which is replaced.</param>
    /// <param name="metadata">The key-value pairs.</param>
    /// <param name="tensors">The tensors, each with what gives its rows.</param>
    /// <param name="progress">Told after each tensor how many are written.</param>
    /// <param name="cancellationToken">Cancels between rows; no partial file stays.</param>
    /// <exception cref="RunFailedException">A value does not fit its type, or the file cannot be written.</exception>
    public static void Write(
        string path,
        GgufMetadata metadata,
        IReadOnlyList<Entry> tensors,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string partial = AtomicFile.PartialPath(path);
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                WriteHeader(stream, metadata, [.. tensors.Select(entry => entry.Tensor)]);
                for (int i = 0; i < tensors.Count; i++)
                {
                    WriteTensor(stream, path, tensors[i], cancellationToken);
                    Pad(stream);
                    progress?.Report(i + 1);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception exception)
        {
            AtomicFile.TryDelete(partial);
            if (WriteFailure.IsFileSystem(exception))
            {
                throw WriteFailure.Describe(exception, path);
            }

            throw;
        }
    }

    private static void WriteHeader(Stream stream, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(GgufHeader.Magic);
        writer.Write(GgufHeader.Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Entries.Count);
        foreach (var (key, (type, value)) in metadata.Entries)
        {
            WriteText(writer, key);
            writer.Write((uint)type);
            WriteValue(writer, type, value);
        }

        long offset = 0;
        foreach (var tensor in tensors)
        {
            WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            foreach (int size in tensor.Shape.Reverse())
            {
                writer.Write((ulong)size);
            }

            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset = GgufHeader.AlignUp(offset + tensor.ByteCount, GgufHeader.DefaultAlignment);
        }

        writer.Flush();
        Pad(stream);
    }

    private static void WriteValue(BinaryWriter writer, GgufValueType type, object value)
    {
        switch (value)
        {
            case string text:
                WriteText(writer, text);
                break;
            case bool flag:
                writer.Write((byte)(flag ? 1 : 0));
                break;
            case float number:
                writer.Write(number);
                break;
            case double number:
                writer.Write(number);
                break;
            case ulong number:
                writer.Write(number);
                break;
            case long number:
                Span<byte> bytes = stackalloc byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
                writer.Write(bytes[..Size(type)]);
                break;
            case string[] texts:
                WriteList(writer, GgufValueType.String, texts);
                break;
            case float[] numbers:
                WriteList(writer, GgufValueType.Float32, numbers);
                break;
            case int[] numbers:
                WriteList(writer, GgufValueType.Int32, [.. numbers.Select(number => (long)number)]);
                break;
            default:
                throw new ArgumentException($"Values of {value.GetType().Name} are not written.", nameof(value));
        }
    }

    private static void WriteList<T>(BinaryWriter writer, GgufValueType type, T[] values)
        where T : notnull
    {
        writer.Write((uint)type);
        writer.Write((ulong)values.Length);
        foreach (var value in values)
        {
            WriteValue(writer, type, value);
        }
    }

    private static int Size(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 => 4,
        _ => 8,
    };

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(Stream stream)
    {
        long end = GgufHeader.AlignUp(stream.Position, GgufHeader.DefaultAlignment);
        stream.Write(stackalloc byte[(int)(end - stream.Position)]);
    }

    private static void WriteTensor(Stream stream, string path, Entry entry, CancellationToken cancellationToken)
    {
        var tensor = entry.Tensor;
        int rowsAtOnce = (int)Math.Clamp(ChunkElements / tensor.RowElements, 1, tensor.RowCount);
        var values = new float[rowsAtOnce * tensor.RowElements];
        var bytes = new byte[rowsAtOnce * tensor.RowBytes];
        var scales = new float[entry.ReadScales is null ? 0 : values.Length / tensor.Type.BlockElements()];
        for (long start = 0; start < tensor.RowCount; start += rowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(rowsAtOnce, tensor.RowCount - start);
            var rows = values.AsSpan(0, count * tensor.RowElements);
            entry.Read(start, rows);
            var known = scales.AsSpan(0, scales.Length == 0 ? 0 : rows.Length / tensor.Type.BlockElements());
            entry.ReadScales?.Invoke(start, known);
            int misfit = BlockWriter.Narrow(tensor.Type, rows, bytes, known);
            if (misfit >= 0)
            {
                throw new RunFailedException("value-overflow", $"A value of tensor '{tensor.Name}' is too large for {tensor.Type}.")
                {
                    File = path,
                    Found = rows[misfit].ToString(CultureInfo.InvariantCulture),
                    Expected = $"values that {tensor.Type} can hold",
                    Hint = "Save in float32 or bfloat16 instead.",
                };
            }

            stream.Write(bytes, 0, (int)(count * tensor.RowBytes));
        }
    }
}
