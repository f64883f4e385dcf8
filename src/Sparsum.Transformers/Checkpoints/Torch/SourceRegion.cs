namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>A range of other bytes.</summary>
internal sealed class SourceRegion(ByteSource source, long start, long length) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, length - destination.Length);
        source.Read(start + offset, destination);
    }
}
