namespace Sparsum.Tensors;

/// <summary>
/// A weight <c>[Rows, Columns]</c> in the form that a backend's kernels read: packed panels, half precision, 8-bit integers, later
/// sparse. Made by <see cref="IBackend.Pack"/>, read-only, and usable only with the backend that made it.
/// </summary>
public abstract class PackedWeight : IDisposable
{
    /// <summary>Creates the common part.</summary>
    protected PackedWeight(int rows, int columns, StorageType storage)
    {
        Rows = rows;
        Columns = columns;
        Storage = storage;
    }

    /// <summary>Output features.</summary>
    public int Rows { get; }

    /// <summary>Input features.</summary>
    public int Columns { get; }

    /// <summary>How the values are stored.</summary>
    public StorageType Storage { get; }

    /// <summary>Memory of the packed form.</summary>
    public abstract long ByteCount { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the memory of the packed form.</summary>
    protected abstract void Dispose(bool disposing);
}
