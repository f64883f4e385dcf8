using System.IO.Compression;

namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>
/// A compressed entry of an archive. PyTorch does not compress, other programs that repack its files do. Reading on is cheap, reading back
/// begins anew.
/// </summary>
internal sealed class DeflatedEntry(ByteSource stored, long length, string file) : ByteSource, IDisposable
{
    private readonly Lock gate = new();
    private readonly byte[] skipped = new byte[16 * 1024];
    private DeflateStream? stream;
    private long position;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination)
    {
        lock (gate)
        {
            if (stream is null || offset < position)
            {
                stream?.Dispose();
                stream = new DeflateStream(new SourceStream(stored), CompressionMode.Decompress);
                position = 0;
            }

            while (position < offset)
            {
                Inflate(skipped.AsSpan(0, (int)Math.Min(skipped.Length, offset - position)));
            }

            Inflate(destination);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream?.Dispose();

    private void Inflate(Span<byte> destination)
    {
        try
        {
            stream!.ReadExactly(destination);
            position += destination.Length;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            stream!.Dispose();
            stream = null;
            throw PickleErrors.BadArchive(file, "has a compressed entry that is damaged");
        }
    }
}
