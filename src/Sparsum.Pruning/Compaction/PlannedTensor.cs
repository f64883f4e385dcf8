using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.Compaction;

/// <summary>One tensor of the output.</summary>
/// <param name="Info">Its name, type and shape as a dense tensor.</param>
/// <param name="Sparse">How it is stored, if not dense.</param>
/// <param name="IsCopied">Whether it is taken over from the input byte for byte.</param>
internal sealed record PlannedTensor(TensorInfo Info, BitmaskLayout? Sparse, bool IsCopied)
{
    /// <summary>What it is in the file.</summary>
    public IReadOnlyList<TensorInfo> Stored => Sparse?.Parts ?? [Info];

    /// <summary>Its bytes in the file.</summary>
    public long ByteCount => Stored.Sum(info => info.ByteCount);
}
