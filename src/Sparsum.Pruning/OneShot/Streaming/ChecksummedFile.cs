using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using Sparsum.Core;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>Native memory on disk, with a checksum that a journal keeps: what an interrupted run goes on from.</summary>
internal static unsafe class ChecksummedFile
{
    private const int ChunkBytes = 1 << 24;
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes the values of a tensor and returns their SHA-256.</summary>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static string Write(string path, Tensor tensor, CancellationToken cancellationToken) =>
        Write(path, (byte*)tensor.Pointer, tensor.Length * sizeof(float), cancellationToken);

    /// <summary>Reads what <see cref="Write(string, Tensor, CancellationToken)"/> wrote.</summary>
    /// <exception cref="InvalidInputException">The file is missing or is not what was written.</exception>
    public static void Read(string path, string sha256, Tensor tensor) =>
        Read(path, sha256, (byte*)tensor.Pointer, tensor.Length * sizeof(float));

    /// <summary>Writes bytes and returns their SHA-256.</summary>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static string Write(string path, byte* bytes, long count, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (long offset = 0; offset < count; offset += ChunkBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var chunk = Chunk(bytes, offset, count);
                stream.Write(chunk);
                hash.AppendData(chunk);
            }

            stream.Flush(flushToDisk: true);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }

    /// <summary>Reads what <see cref="Write(string, byte*, long, CancellationToken)"/> wrote.</summary>
    /// <exception cref="InvalidInputException">The file is missing or is not what was written.</exception>
    public static void Read(string path, string sha256, byte* bytes, long count)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            using var stream = File.OpenRead(path);
            for (long offset = 0; offset < count; offset += ChunkBytes)
            {
                var chunk = Chunk(bytes, offset, count);
                stream.ReadExactly(chunk);
                hash.AppendData(chunk);
            }
        }
        catch (IOException exception)
        {
            throw Damaged(path, exception.Message);
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != sha256)
        {
            throw Damaged(path, "another checksum");
        }
    }

    /// <summary>Gives all bytes of a file to a hash.</summary>
    /// <exception cref="InvalidInputException">It cannot be read.</exception>
    public static void Append(string path, IncrementalHash digest)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            using var stream = File.OpenRead(path);
            for (int count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
            {
                digest.AppendData(buffer, 0, count);
            }
        }
        catch (IOException exception)
        {
            throw Damaged(path, exception.Message);
        }
    }

    /// <summary>Says that what an interrupted run saved cannot be used.</summary>
    public static InvalidInputException Damaged(string path, string found) => new(
        "damaged-journal", "The interrupted run cannot be resumed: what it saved is damaged.")
    {
        File = path,
        Found = found,
        Expected = "the content that the journal names",
        Hint = "Start again with `force` instead of `resume`.",
    };

    private static Span<byte> Chunk(byte* bytes, long offset, long count) => new(bytes + offset, (int)Math.Min(ChunkBytes, count - offset));
}

/// <summary>Reads what an unfinished run keeps to go on from.</summary>
internal static class StateFile
{
    private static readonly JsonRules Rules = new()
    {
        Code = "damaged-journal",
        Expected = "what the interrupted run has written",
        Hint = "Start again with `force` instead of `resume`.",
        MaxBytes = int.MaxValue,
    };

    /// <summary>The content of a file; null where there is none.</summary>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class => File.Exists(path) ? StrictJson.Read(path, type, Rules) : null;
}
