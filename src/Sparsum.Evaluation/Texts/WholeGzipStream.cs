using System.IO.Compression;

namespace Sparsum.Evaluation.Texts;

/// <summary>
/// Decompresses a gzip file and refuses one that breaks off, which <see cref="GZipStream"/> takes for one that ends. A member of our own is
/// read behind the file: what breaks off swallows it, and only behind a whole file does its content come out again.
/// </summary>
/// <param name="file">The file at its beginning; this owns it.</param>
internal sealed class WholeGzipStream(Stream file) : ReadOnlyStream
{
    private static readonly byte[] End = [.. "the end of a file that is whole"u8];
    private static readonly byte[] EndMember = Compress(End);

    private readonly GZipStream content = new(new Appended(file, EndMember), CompressionMode.Decompress);

    /// <summary>What is decompressed and not given out yet; the last of it may be the end.</summary>
    private readonly byte[] pending = new byte[(1 << 16) + End.Length];
    private int first;
    private int count;

    /// <exception cref="InvalidDataException">The file is no gzip, is damaged, breaks off, or goes on with something else.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (count <= End.Length)
        {
            pending.AsSpan(first, count).CopyTo(pending);
            first = 0;
            int read = content.Read(pending.AsSpan(count));
            if (read == 0)
            {
                return pending.AsSpan(0, count).SequenceEqual(End) ? 0 : throw new InvalidDataException("it breaks off, or something else follows");
            }

            count += read;
        }

        int given = Math.Min(buffer.Length, count - End.Length);
        pending.AsSpan(first, given).CopyTo(buffer);
        (first, count) = (first + given, count - given);
        return given;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.NoCompression))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    /// <summary>A stream, and some bytes behind it.</summary>
    private sealed class Appended(Stream stream, byte[] bytes) : ReadOnlyStream
    {
        private int given;

        public override int Read(Span<byte> buffer)
        {
            int read = stream.Read(buffer);
            if (read == 0)
            {
                read = Math.Min(buffer.Length, bytes.Length - given);
                bytes.AsSpan(given, read).CopyTo(buffer);
                given += read;
            }

            return read;
        }
    }
}
