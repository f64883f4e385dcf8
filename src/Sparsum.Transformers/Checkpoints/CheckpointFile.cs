using Microsoft.Win32.SafeHandles;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>A checkpoint that is one open file: what safetensors and PyTorch files share once their tensors are located.</summary>
public abstract class CheckpointFile : ICheckpoint
{
    private readonly SafeFileHandle handle;
    private readonly TensorFile tensors;

    private protected CheckpointFile(SafeFileHandle handle, TensorFile tensors)
    {
        this.handle = handle;
        this.tensors = tensors;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors.Tensors;

    /// <inheritdoc/>
    public string FileOf(string name) => tensors.FileOf(name);

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => tensors.Read(name, destination);

    /// <inheritdoc/>
    public void ReadRows(string name, int start, int count, Span<float> destination) =>
        tensors.ReadRows(name, start, count, destination);

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => tensors.ReadIntegers(name);

    /// <inheritdoc/>
    public void CopyBytes(string name, Stream destination) => tensors.CopyBytes(name, destination);

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file and what a format opened on top of it.</summary>
    protected virtual void Dispose(bool disposing) => handle.Dispose();
}
