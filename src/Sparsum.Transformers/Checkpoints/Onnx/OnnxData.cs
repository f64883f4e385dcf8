using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>The file of the weights, written from front to back beside its target, whose place it takes when it is whole.</summary>
internal sealed class OnnxData : IDisposable
{
    private readonly string path;
    private readonly FileStream stream;

    public OnnxData(string path)
    {
        this.path = path;
        stream = Guard(() => new FileStream(AtomicFile.PartialPath(path), FileMode.Create, FileAccess.Write, FileShare.None));
    }

    public void PadTo(long place) => Append(new byte[place - stream.Position]);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }

    public void Complete() => Guard(() =>
    {
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        File.Move(AtomicFile.PartialPath(path), path, overwrite: true);
        return true;
    });

    /// <summary>Closes the file; it is removed unless it is whole.</summary>
    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            // A full disk shows again when the buffer is flushed; what matters was reported before.
        }

        AtomicFile.TryDelete(AtomicFile.PartialPath(path));
    }

    private T Guard<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }
}
