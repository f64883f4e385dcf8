using System.Buffers.Binary;
using System.Text;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Reads the header of a GGUF file from front to back; every length is checked against what is left of the file.</summary>
internal sealed class GgufInput(ByteSource source, string file)
{
    private const int BufferBytes = 1 << 16;
    private const int LongestString = 1 << 26;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] buffer = new byte[BufferBytes];
    private int filled;
    private int next;
    private long read;

    /// <summary>Position of the next byte.</summary>
    public long Position => read - filled + next;

    /// <summary>Bytes that are left.</summary>
    public long Remaining => source.Length - Position;

    /// <summary>The next byte.</summary>
    public byte Byte(string what) => Take(1, what)[0];

    /// <summary>The next 16-bit number.</summary>
    public ushort UInt16(string what) => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort), what));

    /// <summary>The next 32-bit number.</summary>
    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

    /// <summary>The next 64-bit number.</summary>
    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

    /// <summary>A count of things that take at least so many bytes each.</summary>
    public int Count(int leastBytes, string what)
    {
        ulong count = UInt64(what);
        return count <= (ulong)(Remaining / leastBytes) && count <= (ulong)Array.MaxLength
            ? (int)count
            : throw GgufException.Malformed(
                file, $"{what} is larger than the file can hold.", $"{count}", $"at most {Math.Min(Remaining / leastBytes, Array.MaxLength)}");
    }

    /// <summary>The next text: its length and as many bytes of UTF-8.</summary>
    public string String(string what)
    {
        ulong length = UInt64($"the length of {what}");
        if (length > (ulong)Remaining || length > LongestString)
        {
            throw GgufException.Malformed(
                file, $"{what} has no end.", $"a length of {length} bytes", $"at most {Math.Min(Remaining, LongestString)} bytes");
        }

        try
        {
            if (length <= BufferBytes)
            {
                return Strict.GetString(Take((int)length, what));
            }

            byte[] bytes = new byte[length];
            source.Read(Position, bytes);
            Skip((long)length);
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw GgufException.Malformed(file, $"{what} is no valid UTF-8.");
        }
    }

    private void Skip(long count)
    {
        read = Position + count;
        filled = next = 0;
    }

    private ReadOnlySpan<byte> Take(int count, string what)
    {
        if (count > Remaining)
        {
            throw GgufException.Malformed(file, $"it ends within {what}.", $"{source.Length} bytes", $"at least {Position + count} bytes");
        }

        if (filled - next < count)
        {
            buffer.AsSpan(next, filled - next).CopyTo(buffer);
            filled -= next;
            next = 0;
            int more = (int)Math.Min(BufferBytes - filled, source.Length - read);
            source.Read(read, buffer.AsSpan(filled, more));
            read += more;
            filled += more;
        }

        next += count;
        return buffer.AsSpan(next - count, count);
    }
}
