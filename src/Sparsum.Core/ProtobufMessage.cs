using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sparsum.Core;

/// <summary>
/// The bytes of a protocol buffer message, field by field in the order in which they are added (protobuf.dev, "Encoding"). A field may be added
/// several times: that is what a repeated one is.
/// </summary>
public sealed class ProtobufMessage
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Encoded => bytes.WrittenSpan;

    /// <summary>Adds an integer: <c>int32</c>, <c>int64</c>, <c>bool</c> or an enumeration.</summary>
    public ProtobufMessage Integer(int field, long value)
    {
        Tag(field, Varint);
        Number((ulong)value);
        return this;
    }

    /// <summary>Adds a <c>float</c>.</summary>
    public ProtobufMessage Single(int field, float value)
    {
        Tag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(sizeof(float)), value);
        bytes.Advance(sizeof(float));
        return this;
    }

    /// <summary>Adds a <c>double</c>.</summary>
    public ProtobufMessage Double(int field, double value)
    {
        Tag(field, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.GetSpan(sizeof(double)), value);
        bytes.Advance(sizeof(double));
        return this;
    }

    /// <summary>Adds a <c>string</c>.</summary>
    public ProtobufMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a message within this one, as it is now.</summary>
    public ProtobufMessage Message(int field, ProtobufMessage value) => Bytes(field, value.Encoded);

    /// <summary>Adds <c>bytes</c>.</summary>
    public ProtobufMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, LengthDelimited);
        Number((ulong)value.Length);
        bytes.Write(value);
        return this;
    }

    private void Tag(int field, int wireType) => Number(((ulong)field << 3) | (uint)wireType);

    private void Number(ulong value)
    {
        var span = bytes.GetSpan(10);
        int count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[count++] = (byte)(value | 0x80);
        }

        span[count++] = (byte)value;
        bytes.Advance(count);
    }
}
