using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// What a safetensors file will hold, known before its first byte is written: names, types and shapes in the order of the bytes.
/// </summary>
public sealed class SafetensorsLayout
{
    private const int Alignment = 8;

    private readonly byte[] header;
    private readonly long[] offsets;

    /// <summary>Lays out tensors one after the other.</summary>
    /// <param name="tensors">The tensors in the order in which they will be written.</param>
    /// <param name="metadata">Free text entries of the header; <c>format: pt</c>, which other readers look for, where null.</param>
    /// <exception cref="ArgumentException">
    /// A name occurs twice or is reserved, or a shape is negative, too large or no whole bytes.
    /// </exception>
    public SafetensorsLayout(IReadOnlyList<TensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Tensors = [.. tensors];
        offsets = new long[tensors.Count + 1];
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        for (int i = 0; i < tensors.Count; i++)
        {
            var tensor = tensors[i];
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"The name '{tensor.Name}' occurs twice or is reserved.", nameof(tensors));
            }

            if (tensor.Shape.Any(dimension => dimension < 0))
            {
                throw new ArgumentException($"The shape of '{tensor.Name}' is negative.", nameof(tensors));
            }

            try
            {
                offsets[i + 1] = checked(offsets[i] + tensor.ByteCount);
            }
            catch (OverflowException exception)
            {
                throw new ArgumentException($"The shape of '{tensor.Name}' is too large.", nameof(tensors), exception);
            }

            if (tensor.ElementCount * tensor.DataType.BitCount() % 8 != 0)
            {
                throw new ArgumentException($"'{tensor.Name}' does not fill whole bytes.", nameof(tensors));
            }
        }

        header = BuildHeader(metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Length of the finished file in bytes.</summary>
    public long FileLength => header.Length + offsets[^1];

    /// <summary>
    /// The first bytes of the file: the length and the JSON, padded with spaces so that the data begin at a multiple of 8.
    /// </summary>
    internal ReadOnlySpan<byte> Header => header;

    /// <summary>Where in the file the tensor of an index begins; the index after the last gives the file's end.</summary>
    internal long PositionOf(int index) => header.Length + offsets[index];

    private byte[] BuildHeader(IReadOnlyDictionary<string, string> metadata)
    {
        var stream = new MemoryStream();
        stream.Write(stackalloc byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            for (int i = 0; i < Tensors.Count; i++)
            {
                WriteEntry(json, Tensors[i], offsets[i], offsets[i + 1]);
            }

            json.WriteEndObject();
        }

        while (stream.Length % Alignment != 0)
        {
            stream.WriteByte((byte)' ');
        }

        byte[] bytes = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - sizeof(ulong));
        return bytes;
    }

    private static void WriteEntry(Utf8JsonWriter json, TensorInfo tensor, long begin, long end)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.DataType.SafetensorsName());
        json.WriteStartArray("shape");
        foreach (int dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
