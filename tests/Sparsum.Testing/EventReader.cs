using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace Sparsum.Testing;

/// <summary>
/// Reads TensorBoard's event files by their public definition, with nothing of what writes them: checksums bit by bit from the polynomial, messages
/// field by field.
/// </summary>
public static class EventReader
{
    private const uint ReversedCastagnoli = 0x82F63B78;

    /// <summary>One record.</summary>
    /// <param name="WallTime">Seconds since 1970.</param>
    /// <param name="Step">The step.</param>
    /// <param name="Version">What the first record tells.</param>
    /// <param name="Values">The scalars.</param>
    public sealed record Event(double WallTime, long Step, string? Version, IReadOnlyDictionary<string, float> Values);

    /// <summary>All records of a file; every checksum must hold.</summary>
    public static IReadOnlyList<Event> Read(byte[] file)
    {
        var events = new List<Event>();
        for (int start = 0; start < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(start)));
            Assert.Equal(Masked(file.AsSpan(start, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(start + 8)));
            byte[] content = file[(start + 12)..(start + 12 + length)];
            Assert.Equal(Masked(content), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(start + 12 + length)));
            events.Add(Parse(content));
            start += length + 16;
        }

        return events;
    }

    /// <summary>CRC-32C, bit by bit.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint remainder = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            remainder ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) != 0 ? (remainder >> 1) ^ ReversedCastagnoli : remainder >> 1;
            }
        }

        return remainder ^ 0xFFFFFFFF;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint checksum = Checksum(bytes);
        return unchecked(((checksum >> 15) | (checksum << 17)) + 0xa282ead8u);
    }

    private static Event Parse(byte[] message)
    {
        double wallTime = double.NaN;
        long step = 0;
        string? version = null;
        var values = new Dictionary<string, float>();
        foreach (var (field, bytes) in Fields(message))
        {
            switch (field)
            {
                case 1:
                    wallTime = BitConverter.ToDouble(bytes);
                    break;
                case 2:
                    step = BitConverter.ToInt64(bytes);
                    break;
                case 3:
                    version = Encoding.UTF8.GetString(bytes);
                    break;
                case 5:
                    foreach (var (_, value) in Fields(bytes))
                    {
                        var parts = Fields(value).ToDictionary(part => part.Field, part => part.Bytes);
                        values.Add(Encoding.UTF8.GetString(parts[1]), BitConverter.ToSingle(parts[2]));
                    }

                    break;
                default:
                    Assert.Fail($"An event has no field {field}.");
                    break;
            }
        }

        return new Event(wallTime, step, version, values);
    }

    private static IEnumerable<(int Field, byte[] Bytes)> Fields(byte[] message)
    {
        int place = 0;
        while (place < message.Length)
        {
            long tag = Varint(message, ref place);
            int length = (tag & 7) switch
            {
                0 => 0,
                1 => 8,
                2 => (int)Varint(message, ref place),
                5 => 4,
                _ => throw new InvalidDataException($"wire type {tag & 7}"),
            };
            byte[] bytes = (tag & 7) == 0 ? BitConverter.GetBytes(Varint(message, ref place)) : message[place..(place + length)];
            place += length;
            yield return ((int)(tag >> 3), bytes);
        }
    }

    private static long Varint(byte[] message, ref int place)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[place++];
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
