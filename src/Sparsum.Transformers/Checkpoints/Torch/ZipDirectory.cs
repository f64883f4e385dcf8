using System.Buffers.Binary;
using System.Text;

namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>
/// The table of contents of a zip archive (PKWARE APPNOTE 6.3), with 64-bit sizes. Written here because an entry's bytes must be found, not
/// streamed: tensors are read on demand and from any offset.
/// </summary>
internal sealed class ZipDirectory
{
    private const int MaxDirectoryBytes = 64_000_000;
    private const int EndLength = 22;
    private const int MaxCommentLength = ushort.MaxValue;
    private const int LocatorLength = 20;
    private const int End64Length = 56;
    private const int CentralLength = 46;
    private const int LocalLength = 30;
    private const long MaxDeflateRatio = 1_100;

    private const uint EndSignature = 0x06054B50;
    private const uint LocatorSignature = 0x07064B50;
    private const uint End64Signature = 0x06064B50;
    private const uint CentralSignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;

    private readonly ByteSource archive;
    private readonly string file;
    private readonly Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);

    /// <summary>Reads the table of contents.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">
    /// The archive is damaged, encrypted, or compressed in another way than deflate.
    /// </exception>
    public ZipDirectory(ByteSource archive, string file)
    {
        this.archive = archive;
        this.file = file;
        var (offset, length) = FindCentralDirectory();
        if (length > MaxDirectoryBytes || offset < 0 || length < 0 || offset > archive.Length - length)
        {
            throw PickleErrors.BadArchive(file, "has a table of contents outside the file or longer than any real one");
        }

        byte[] directory = new byte[length];
        archive.Read(offset, directory);
        for (int position = 0; position + CentralLength <= directory.Length;)
        {
            position += Add(directory.AsSpan(position));
        }
    }

    /// <summary>All entries by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => entries;

    /// <summary>Where in the archive the bytes of an entry begin.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">The entry lies outside the archive.</exception>
    public long FindData(ZipEntry entry)
    {
        Span<byte> header = stackalloc byte[LocalLength];
        if (entry.HeaderPosition > archive.Length - LocalLength)
        {
            throw Outside(entry);
        }

        archive.Read(entry.HeaderPosition, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature)
        {
            throw PickleErrors.BadArchive(file, $"has no entry where '{entry.Name}' should be");
        }

        // Name and padding may be longer here than in the table of contents; sizes are only reliable there.
        long start = entry.HeaderPosition + LocalLength + UInt16(header, 26) + UInt16(header, 28);
        return start <= archive.Length - entry.StoredLength ? start : throw Outside(entry);
    }

    private static int UInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static long UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);

    private (long Offset, long Length) FindCentralDirectory()
    {
        int tailLength = (int)Math.Min(archive.Length, EndLength + MaxCommentLength);
        long tailStart = archive.Length - tailLength;
        byte[] tail = new byte[tailLength];
        archive.Read(tailStart, tail);
        int end = tailLength - EndLength;
        while (end >= 0 && UInt32(tail, end) != EndSignature)
        {
            end--;
        }

        if (end < 0)
        {
            throw PickleErrors.BadArchive(file, "has no table of contents; it is cut off");
        }

        long locator = tailStart + end - LocatorLength;
        return FindEnd64(locator) is { } position ? ReadEnd64(position) : (UInt32(tail, end + 16), UInt32(tail, end + 12));
    }

    private long? FindEnd64(long locatorPosition)
    {
        if (locatorPosition < 0)
        {
            return null;
        }

        Span<byte> locator = stackalloc byte[LocatorLength];
        archive.Read(locatorPosition, locator);
        return UInt32(locator, 0) == LocatorSignature ? Int64(locator, 8) : null;
    }

    private (long Offset, long Length) ReadEnd64(long position)
    {
        if (position < 0 || position > archive.Length - End64Length)
        {
            throw PickleErrors.BadArchive(file, "has a table of contents outside the file");
        }

        Span<byte> end = stackalloc byte[End64Length];
        archive.Read(position, end);
        return UInt32(end, 0) == End64Signature
            ? (Int64(end, 48), Int64(end, 40))
            : throw PickleErrors.BadArchive(file, "has a damaged table of contents");
    }

    /// <summary>Takes over one line of the table of contents.</summary>
    /// <returns>Its length in bytes.</returns>
    private int Add(ReadOnlySpan<byte> line)
    {
        int nameLength = UInt16(line, 28);
        int extraLength = UInt16(line, 30);
        int total = CentralLength + nameLength + extraLength + UInt16(line, 32);
        if (UInt32(line, 0) != CentralSignature || total > line.Length)
        {
            throw PickleErrors.BadArchive(file, "has a damaged table of contents");
        }

        string name = Encoding.UTF8.GetString(line.Slice(CentralLength, nameLength));
        int method = UInt16(line, 10);
        if ((UInt16(line, 8) & 1) != 0 || method is not (0 or 8))
        {
            throw PickleErrors.BadArchive(file, $"has an entry '{name}' that is encrypted or compressed in an unknown way");
        }

        var extra = Zip64Fields(line.Slice(CentralLength + nameLength, extraLength));
        long length = Resolve(UInt32(line, 24), ref extra);
        long storedLength = Resolve(UInt32(line, 20), ref extra);
        long position = Resolve(UInt32(line, 42), ref extra);
        var entry = new ZipEntry(name, method == 8, storedLength, length, position);
        if (length < 0 || position < 0 || storedLength < 0 || storedLength > archive.Length || position > archive.Length)
        {
            throw Outside(entry);
        }

        // What deflate can make of so many bytes is bounded; a larger claim is a lie.
        if (entry.IsDeflated ? length / MaxDeflateRatio > storedLength : length != storedLength)
        {
            throw PickleErrors.BadArchive(file, $"has an entry '{name}' of impossible size");
        }

        return entries.TryAdd(name, entry) ? total : throw PickleErrors.BadArchive(file, $"has the entry '{name}' twice");
    }

    /// <summary>The 64-bit values of the extra field, which stand in for those that do not fit 32 bits, in a fixed order.</summary>
    private static ReadOnlySpan<byte> Zip64Fields(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int length = Math.Min(UInt16(extra, 2), extra.Length - 4);
            if (UInt16(extra, 0) == 1)
            {
                return extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return [];
    }

    private static long Resolve(long value, ref ReadOnlySpan<byte> zip64)
    {
        if (value != uint.MaxValue || zip64.Length < sizeof(long))
        {
            return value;
        }

        long wide = Int64(zip64, 0);
        zip64 = zip64[sizeof(long)..];
        return wide;
    }

    private Checkpoints.TorchCheckpointException Outside(ZipEntry entry) =>
        PickleErrors.BadArchive(file, $"ends before its entry '{entry.Name}' does");
}
