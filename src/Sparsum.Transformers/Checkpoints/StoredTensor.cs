namespace Sparsum.Transformers.Checkpoints;

/// <summary>A tensor of a checkpoint file, whose elements can be had in row-major order from any element on.</summary>
internal abstract class StoredTensor(TensorInfo info)
{
    /// <summary>Name, element type and shape.</summary>
    public TensorInfo Info { get; } = info;

    /// <summary>How many bytes are best asked for at a time.</summary>
    public abstract int ChunkBytes { get; }

    /// <summary>Fills <paramref name="destination"/> with the bytes of the elements from the given byte of the tensor on.</summary>
    public abstract void Read(long offset, Span<byte> destination);
}
