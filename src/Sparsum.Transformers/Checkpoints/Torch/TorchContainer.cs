namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>One of the two files that <c>torch.save</c> writes: what was pickled, and the bytes of its storages.</summary>
internal abstract class TorchContainer : IDisposable
{
    /// <summary>Longest pickle that is read, in bytes.</summary>
    protected const int MaxPickleBytes = 64_000_000;

    /// <summary>The pickled value.</summary>
    public abstract object? Root { get; }

    /// <summary>The bytes of a storage, at least as many as it claims.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">It is absent or too short.</exception>
    public abstract ByteSource Find(TorchStorage storage);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Number of bytes that a storage claims.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">The claim is larger than any file.</exception>
    protected static long ByteCount(TorchStorage storage, string file)
    {
        int size = storage.DataType is { } type ? type.BitCount() / 8 : 1;
        return storage.ElementCount <= long.MaxValue / size
            ? storage.ElementCount * size
            : throw PickleErrors.BadTensor(file, "a storage of impossible size", $"{storage.ElementCount} elements", "fewer");
    }
}
