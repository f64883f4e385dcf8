using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>Reads the little-endian fields of a pickle one after the other, through a small buffer.</summary>
internal sealed class PickleInput(ByteSource source, string file)
{
    private const int MaxTextBytes = 1 << 20;
    private const int MaxLineBytes = 512;

    private readonly byte[] buffer = new byte[Math.Min(64 * 1024, source.Length)];
    private long bufferStart;
    private int bufferLength;
    private int next;

    /// <summary>Offset of the next byte.</summary>
    public long Position => bufferStart + next;

    public byte ReadByte()
    {
        if (next == bufferLength)
        {
            Refill();
        }

        return buffer[next++];
    }

    public int ReadUInt16() => ReadByte() | (ReadByte() << 8);

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Fill(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long ReadInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Fill(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public double ReadBigEndianDouble()
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        Fill(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>A two's-complement integer of the given number of bytes.</summary>
    public long ReadInteger(int size)
    {
        if (size > sizeof(long))
        {
            throw PickleErrors.Limit(file, "an integer", $"{size} bytes", $"at most {sizeof(long)} bytes");
        }

        long value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (long)ReadByte() << (8 * i);
        }

        int unused = 64 - (8 * size);
        return size == 0 ? 0 : value << unused >> unused;
    }

    /// <summary>UTF-8 text of a given length.</summary>
    public string ReadText(long length)
    {
        // The length is a claim of the file: checked before anything of that size is allocated.
        if (length is < 0 or > MaxTextBytes)
        {
            throw PickleErrors.Limit(file, "a text", $"{length} bytes", $"at most {MaxTextBytes} bytes");
        }

        if (length > source.Length - Position)
        {
            throw PickleErrors.Truncated(file);
        }

        byte[] bytes = new byte[length];
        Fill(bytes);
        return Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes)
            : throw PickleErrors.Structure(file, "a text", "other bytes", "UTF-8");
    }

    /// <summary>ASCII text up to a line feed.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        for (char c = (char)ReadByte(); c != '\n'; c = (char)ReadByte())
        {
            if (line.Length == MaxLineBytes)
            {
                throw PickleErrors.Limit(file, "a line", "more", $"at most {MaxLineBytes} bytes");
            }

            line.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        return line.ToString();
    }

    private void Fill(Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = ReadByte();
        }
    }

    private void Refill()
    {
        bufferStart += bufferLength;
        bufferLength = (int)Math.Min(buffer.Length, source.Length - bufferStart);
        next = 0;
        if (bufferLength == 0)
        {
            throw PickleErrors.Truncated(file);
        }

        source.Read(bufferStart, buffer.AsSpan(0, bufferLength));
    }
}
