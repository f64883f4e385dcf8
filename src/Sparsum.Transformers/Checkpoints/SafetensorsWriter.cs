using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// Writes a safetensors file tensor by tensor, in the order of its layout. The bytes go to a sibling of the target, which takes the
/// target's place on <see cref="Complete"/>: no reader ever sees half a file. A tensor may be given in pieces; it is complete when all
/// its elements are.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const int ChunkElements = 32 * 1024;

    private readonly string path;
    private readonly SafetensorsLayout layout;
    private readonly FileStream stream;
    private readonly IncrementalHash? digest;
    private long remainingBytes;
    private bool isCompleted;

    private SafetensorsWriter(string path, SafetensorsLayout layout, FileStream stream, int completedTensors, IncrementalHash? digest)
    {
        this.path = path;
        this.layout = layout;
        this.stream = stream;
        this.digest = digest;
        CompletedTensors = completedTensors;
        remainingBytes = Next?.ByteCount ?? 0;
    }

    /// <summary>How many tensors, from the first on, are written completely.</summary>
    public int CompletedTensors { get; private set; }

    /// <summary>The tensor that is written next, or in part already; null after the last.</summary>
    public TensorInfo? Next => CompletedTensors < layout.Tensors.Count ? layout.Tensors[CompletedTensors] : null;

    /// <summary>Whether the unfinished file stays when the writer is disposed without <see cref="Complete"/>, to be resumed.</summary>
    public bool KeepPartialOnDispose { get; set; }

    /// <summary>The unfinished file of a target.</summary>
    public static string PartialPath(string path) => AtomicFile.PartialPath(path);

    /// <summary>Begins a file; an unfinished one of the same target is replaced.</summary>
    /// <param name="path">The target.</param>
    /// <param name="layout">What the file will hold.</param>
    /// <param name="digest">Given every byte of the file, the header first; null where nobody asks.</param>
    /// <exception cref="RunFailedException">It cannot be written.</exception>
    public static SafetensorsWriter Create(string path, SafetensorsLayout layout, IncrementalHash? digest = null)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(PartialPath(path), FileMode.Create, FileAccess.ReadWrite, FileShare.None, BufferBytes);
            stream.Write(layout.Header);
            digest?.AppendData(layout.Header);
            return new SafetensorsWriter(path, layout, stream, 0, digest);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            Abandon(stream, PartialPath(path), keep: false);
            throw WriteFailure.Describe(exception, path);
        }
    }

    /// <summary>
    /// Goes on with an unfinished file after its first <paramref name="completedTensors"/> tensors; what follows them is cut off.
    /// </summary>
    /// <param name="path">The target.</param>
    /// <param name="layout">What the file will hold, as when it was begun.</param>
    /// <param name="completedTensors">The tensors that are kept.</param>
    /// <param name="digest">Given every byte of the file: those that are kept, which are read for it, then those that are written.</param>
    /// <exception cref="CheckpointException">There is none, it was begun with another layout, or it holds fewer tensors.</exception>
    /// <exception cref="RunFailedException">It cannot be written.</exception>
    public static SafetensorsWriter Resume(string path, SafetensorsLayout layout, int completedTensors, IncrementalHash? digest = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(completedTensors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(completedTensors, layout.Tensors.Count);
        string partial = PartialPath(path);
        if (!File.Exists(partial))
        {
            throw CannotResume("resume-missing", partial, "no unfinished file", "the file of the run to resume");
        }

        FileStream? stream = null;
        try
        {
            stream = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite, FileShare.None, BufferBytes);
            byte[] header = new byte[layout.Header.Length];
            if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length
                || !layout.Header.SequenceEqual(header))
            {
                throw CannotResume("resume-mismatch", partial, "another header", "the tensors of the run to resume");
            }

            long position = layout.PositionOf(completedTensors);
            if (stream.Length < position)
            {
                throw CannotResume("resume-truncated", partial, $"{stream.Length} bytes", $"at least {position} bytes");
            }

            stream.SetLength(position);
            if (digest is not null)
            {
                stream.Position = 0;
                stream.CopyTo(new AppendStream(digest.AppendData), BufferBytes);
            }

            stream.Position = position;
            return new SafetensorsWriter(path, layout, stream, completedTensors, digest);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            Abandon(stream, partial, keep: true);
            throw WriteFailure.Describe(exception, path);
        }
        catch (CheckpointException)
        {
            Abandon(stream, partial, keep: true);
            throw;
        }
    }

    /// <summary>Writes the next values of a floating-point tensor, rounded to nearest even to its type (F64, F32, F16 or BF16).</summary>
    /// <exception cref="ArgumentException">Another tensor is due, these are too many values, or the type holds no such values.</exception>
    /// <exception cref="RunFailedException">A finite value is too large for the type, or the file cannot be written.</exception>
    public void Write(string name, ReadOnlySpan<float> values)
    {
        var type = Begin(name).DataType;
        WriteElements(values, ElementWriter.FromFloats, value => throw new RunFailedException(
            "value-overflow", $"A value of tensor '{name}' is too large for {type.SafetensorsName()}.")
        {
            File = path,
            Found = value.ToString(CultureInfo.InvariantCulture),
            Expected = $"values that {type.SafetensorsName()} can hold",
            Hint = "Save in float32 or bfloat16 instead.",
        });
    }

    /// <summary>Writes the next values of an integer or truth-value tensor.</summary>
    /// <exception cref="ArgumentException">Another tensor is due, these are too many values, or a value does not fit the type.</exception>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public void WriteIntegers(string name, ReadOnlySpan<long> values)
    {
        var type = Begin(name).DataType;
        WriteElements(values, ElementWriter.FromIntegers, value => throw new ArgumentException(
            $"The value {value} of tensor '{name}' does not fit {type.SafetensorsName()}.", nameof(values)));
    }

    /// <summary>Writes the next bytes of a tensor as they are, little endian.</summary>
    /// <exception cref="ArgumentException">Another tensor is due, or these are too many bytes.</exception>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public void WriteBytes(string name, ReadOnlySpan<byte> bytes)
    {
        Begin(name);
        Append(bytes);
        CompleteTensor();
    }

    /// <summary>Copies a whole tensor of the same name, type and shape from a checkpoint, byte for byte.</summary>
    /// <exception cref="ArgumentException">Another tensor is due, or type or shape differ.</exception>
    /// <exception cref="CheckpointException">The source does not hold it or cannot be read.</exception>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public void CopyFrom(ICheckpoint source, string name)
    {
        var info = Begin(name);
        if (source.Tensors.TryGetValue(name, out var found)
            && (found.DataType != info.DataType || !found.Shape.SequenceEqual(info.Shape)))
        {
            throw new ArgumentException($"Tensor '{name}' has another type or shape in the source.", nameof(source));
        }

        source.CopyBytes(name, new AppendStream(Append));
        CompleteTensor();
    }

    /// <summary>Makes sure that all that was written is on disk, so that a journal may say so.</summary>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public void FlushToDisk() => Guard(() => stream.Flush(flushToDisk: true));

    /// <summary>Flushes to disk and gives the file its name. Nothing can be written after it.</summary>
    /// <exception cref="InvalidOperationException">A tensor is missing.</exception>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public void Complete()
    {
        if (Next is { } missing)
        {
            throw new InvalidOperationException($"Tensor '{missing.Name}' has not been written.");
        }

        FlushToDisk();
        stream.Dispose();
        Guard(() => File.Move(PartialPath(path), path, overwrite: true));
        isCompleted = true;
    }

    /// <summary>
    /// Closes the file; without <see cref="Complete"/> it is removed, or kept where <see cref="KeepPartialOnDispose"/> says so.
    /// </summary>
    public void Dispose()
    {
        if (!isCompleted)
        {
            Abandon(stream, PartialPath(path), KeepPartialOnDispose);
        }
    }

    private delegate int Narrowing<T>(TensorDataType type, ReadOnlySpan<T> values, Span<byte> destination);

    private static void Abandon(FileStream? stream, string partial, bool keep)
    {
        try
        {
            stream?.Dispose();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            // A full disk shows again when the buffer is flushed; what matters was reported before.
        }

        if (!keep)
        {
            AtomicFile.TryDelete(partial);
        }
    }

    private static CheckpointException CannotResume(string code, string partial, string found, string expected) =>
        new(code, $"'{partial}' cannot be resumed.")
        {
            File = partial,
            Found = found,
            Expected = expected,
            Hint = "Start the run from the beginning.",
        };

    private TensorInfo Begin(string name)
    {
        ObjectDisposedException.ThrowIf(isCompleted, this);
        return Next is { } next && next.Name == name
            ? next
            : throw new ArgumentException($"Tensor '{name}' is not due; next is '{Next?.Name ?? "none"}'.", nameof(name));
    }

    private void WriteElements<T>(ReadOnlySpan<T> values, Narrowing<T> narrow, Action<T> refuse)
    {
        var type = Next!.DataType;
        int size = type.BitCount() / 8;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkElements * sizeof(long));
        try
        {
            while (!values.IsEmpty)
            {
                int count = Math.Min(values.Length, ChunkElements);
                var bytes = buffer.AsSpan(0, count * size);
                int index = narrow(type, values[..count], bytes);
                if (index >= 0)
                {
                    refuse(values[index]);
                }

                Append(bytes);
                values = values[count..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        CompleteTensor();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > remainingBytes)
        {
            throw new ArgumentException($"Tensor '{Next?.Name}' takes {remainingBytes} more bytes, {bytes.Length} were given.");
        }

        try
        {
            stream.Write(bytes);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }

        digest?.AppendData(bytes);
        remainingBytes -= bytes.Length;
    }

    private void CompleteTensor()
    {
        if (remainingBytes == 0)
        {
            CompletedTensors++;
            remainingBytes = Next?.ByteCount ?? 0;
        }
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }
}
