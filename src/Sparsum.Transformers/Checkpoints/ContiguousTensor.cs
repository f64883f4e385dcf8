namespace Sparsum.Transformers.Checkpoints;

/// <summary>A tensor whose elements lie one after the other.</summary>
internal sealed class ContiguousTensor(TensorInfo info, ByteSource source, long start) : StoredTensor(info)
{
    // Small enough that a chunk is still in the second-level cache when it is widened.
    /// <inheritdoc/>
    public override int ChunkBytes => 256 * 1024;

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination) => source.Read(start + offset, destination);
}
