namespace Sparsum.Transformers.Checkpoints;

/// <summary>A stream that can only be written to and hands all it gets to a sink, in order.</summary>
internal sealed class AppendStream(AppendStream.Sink sink) : Stream
{
    /// <summary>Takes the next bytes.</summary>
    public delegate void Sink(ReadOnlySpan<byte> bytes);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => sink(buffer);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => sink(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
