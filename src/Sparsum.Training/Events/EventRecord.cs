using System.Buffers.Binary;
using System.Numerics;

namespace Sparsum.Training.Events;

/// <summary>
/// The framing of TFRecord files: length, checksum of the length, content, checksum of the content, numbers little endian. Checksums are CRC-32C
/// (RFC 3720, appendix B.4), rotated and moved by a constant, so that the checksum of what holds checksums is none of its own.
/// </summary>
internal static class EventRecord
{
    private const uint Mask = 0xa282ead8;

    /// <summary>A record that holds some bytes.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> content)
    {
        byte[] record = new byte[content.Length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(record, content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        content.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + content.Length), MaskedChecksum(content));
        return record;
    }

    /// <summary>CRC-32C.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return ~checksum;
    }

    private static uint MaskedChecksum(ReadOnlySpan<byte> bytes) => unchecked(BitOperations.RotateRight(Checksum(bytes), 15) + Mask);
}
