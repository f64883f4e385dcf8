namespace Sparsum.Transformers.Checkpoints;

/// <summary>Bytes that can be read from any offset: a part of a file, or an entry of an archive.</summary>
internal abstract class ByteSource
{
    /// <summary>Number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on. Safe to call from several threads.</summary>
    /// <exception cref="Checkpoints.CheckpointException">The bytes end before the destination is full.</exception>
    public abstract void Read(long offset, Span<byte> destination);
}
