using System.Security.Cryptography;
using Sparsum.Tensors;
using Sparsum.Transformers.Errors;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Hidden states of all calibration tokens as they enter a block: buffers that each block overwrites with its output. A model of two
/// stacks has one for each; the blocks of the second stack read the first one too.
/// </summary>
internal sealed class HiddenStates : IDisposable
{
    private const int ChunkBytes = 1 << 24;

    public HiddenStates(int tokens, int hiddenSize, int targetTokens = 0)
    {
        States = Tensor.Allocate(tokens, hiddenSize);
        Targets = targetTokens == 0 ? null : Tensor.Allocate(targetTokens, hiddenSize);
    }

    /// <summary>The states of the sequences, <c>[tokens, hidden]</c>.</summary>
    public Tensor States { get; }

    /// <summary>The states of their targets, <c>[tokens, hidden]</c>; null in models of one stack.</summary>
    public Tensor? Targets { get; }

    private IEnumerable<Tensor> Parts => Targets is null ? [States] : [States, Targets];

    /// <summary>Takes over the values of other states of the same sequences.</summary>
    public void CopyFrom(HiddenStates other)
    {
        foreach (var (target, source) in Parts.Zip(other.Parts))
        {
            source.CopyTo(target);
        }
    }

    /// <summary>Writes the states to disk and returns their SHA-256.</summary>
    public string Save(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var (part, offset) in Chunks())
            {
                cancellationToken.ThrowIfCancellationRequested();
                stream.Write(Chunk(part, offset));
                hash.AppendData(Chunk(part, offset));
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
            foreach (var (part, offset) in Chunks())
            {
                stream.ReadExactly(Chunk(part, offset));
                hash.AppendData(Chunk(part, offset));
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

    public void Dispose()
    {
        States.Dispose();
        Targets?.Dispose();
    }

    private IEnumerable<(Tensor Part, long Offset)> Chunks()
    {
        foreach (var part in Parts)
        {
            for (long offset = 0; offset < part.Length * sizeof(float); offset += ChunkBytes)
            {
                yield return (part, offset);
            }
        }
    }

    private static unsafe Span<byte> Chunk(Tensor part, long offset) =>
        new((byte*)part.Pointer + offset, (int)Math.Min(ChunkBytes, (part.Length * sizeof(float)) - offset));

    private static InvalidInputException Damaged(string path, string found) => new(
        "damaged-journal", "The interrupted run cannot be resumed: its saved hidden states are damaged.")
    {
        File = path,
        Found = found,
        Expected = "the states that the journal names",
        Hint = "Start again with --force instead of --resume.",
    };
}
