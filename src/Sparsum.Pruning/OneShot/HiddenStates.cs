using System.Security.Cryptography;
using Sparsum.Tensors;
using Sparsum.Transformers.Errors;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Hidden states of all calibration sequences as they enter a block, <c>[samples * tokens, hidden]</c>: one buffer that each block
/// overwrites with its output.
/// </summary>
internal sealed class HiddenStates : IDisposable
{
    private const int ChunkBytes = 1 << 24;

    public HiddenStates(int tokens, int hiddenSize) => States = Tensor.Allocate(tokens, hiddenSize);

    /// <summary>The states.</summary>
    public Tensor States { get; }

    /// <summary>Writes the states to disk and returns their SHA-256.</summary>
    public string Save(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (long offset = 0; offset < ByteCount; offset += ChunkBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                stream.Write(Chunk(offset));
                hash.AppendData(Chunk(offset));
            }

            stream.Flush(flushToDisk: true);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidInputException">The file is missing or is not what was written.</exception>
    public void Load(string path, string sha256)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            using var stream = File.OpenRead(path);
            for (long offset = 0; offset < ByteCount; offset += ChunkBytes)
            {
                stream.ReadExactly(Chunk(offset));
                hash.AppendData(Chunk(offset));
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

    public void Dispose() => States.Dispose();

    private long ByteCount => States.Length * sizeof(float);

    private unsafe Span<byte> Chunk(long offset) =>
        new((byte*)States.Pointer + offset, (int)Math.Min(ChunkBytes, ByteCount - offset));

    private static InvalidInputException Damaged(string path, string found) => new(
        "damaged-journal", "The interrupted run cannot be resumed: its saved hidden states are damaged.")
    {
        File = path,
        Found = found,
        Expected = "the states that the journal names",
        Hint = "Start again with --force instead of --resume.",
    };
}
