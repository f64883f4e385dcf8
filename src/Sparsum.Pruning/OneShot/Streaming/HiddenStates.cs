using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>
/// Hidden states of all calibration tokens as they enter a block: one buffer that each block overwrites with its output. In a model of two
/// stacks it holds the states of the sequences and, behind them, those of their targets; the blocks of the second stack read the first too.
/// </summary>
internal sealed unsafe class HiddenStates : IDisposable
{
    public HiddenStates(int tokens, int hiddenSize, int targetTokens = 0)
    {
        All = Tensor.Allocate(checked(tokens + targetTokens), hiddenSize);
        States = All.Rows(0, tokens);
        Targets = targetTokens == 0 ? null : All.Rows(tokens, targetTokens);
    }

    /// <summary>Everything, <c>[tokens + target tokens, hidden]</c>.</summary>
    public Tensor All { get; }

    /// <summary>The states of the sequences, <c>[tokens, hidden]</c>.</summary>
    public Tensor States { get; }

    /// <summary>The states of their targets, <c>[target tokens, hidden]</c>; null in models of one stack.</summary>
    public Tensor? Targets { get; }

    private long ByteCount => All.Length * sizeof(float);

    /// <summary>Takes over the values of other states of the same sequences.</summary>
    public void CopyFrom(HiddenStates other) => other.All.CopyTo(All);

    /// <summary>Writes the states to disk and returns their SHA-256.</summary>
    public string Save(string path, CancellationToken cancellationToken) =>
        ChecksummedFile.Write(path, (byte*)All.Pointer, ByteCount, cancellationToken);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="Core.InvalidInputException">The file is missing or is not what was written.</exception>
    public void Load(string path, string sha256) => ChecksummedFile.Read(path, sha256, (byte*)All.Pointer, ByteCount);

    /// <inheritdoc/>
    public void Dispose() => All.Dispose();
}
