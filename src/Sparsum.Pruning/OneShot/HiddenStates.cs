using Sparsum.Pruning.OneShot.Output;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Hidden states of all calibration sequences as they enter a block, <c>[samples * tokens, hidden]</c>: one buffer that each block
/// overwrites with its output.
/// </summary>
internal sealed unsafe class HiddenStates : IDisposable
{
    public HiddenStates(int tokens, int hiddenSize) => States = Tensor.Allocate(tokens, hiddenSize);

    /// <summary>The states.</summary>
    public Tensor States { get; }

    /// <summary>Writes the states to disk and returns their SHA-256.</summary>
    public string Save(string path, CancellationToken cancellationToken) =>
        ChecksummedFile.Write(path, (byte*)States.Pointer, ByteCount, cancellationToken);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="Transformers.Errors.InvalidInputException">The file is missing or is not what was written.</exception>
    public void Load(string path, string sha256) => ChecksummedFile.Read(path, sha256, (byte*)States.Pointer, ByteCount);

    public void Dispose() => States.Dispose();

    private long ByteCount => States.Length * sizeof(float);
}
