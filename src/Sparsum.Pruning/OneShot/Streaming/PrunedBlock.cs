using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>
/// A pruned block made ready for a pass over many tokens: layers with enough zeros run without them. Disposal gives the sparse copies up;
/// weights may change again then.
/// </summary>
internal sealed class PrunedBlock : IDisposable
{
    /// <summary>Tokens from which the time that is saved exceeds that of making the copies.</summary>
    private const int LeastTokens = 1024;

    private readonly TransformerBlock? block;

    /// <summary>Makes the copies, if so many tokens are worth them.</summary>
    public PrunedBlock(TransformerBlock block, IBackend backend, long tokens)
    {
        if (tokens < LeastTokens)
        {
            return;
        }

        this.block = block;
        foreach (var linear in block.Linears)
        {
            linear.Pack(backend, StorageType.Sparse, releaseWeight: false);
            if (linear.PackedBytes >= linear.Weight.Value.Length * sizeof(float))
            {
                // Not sparse enough; the weight itself serves as well and is there anyway.
                linear.Unpack();
            }
        }
    }

    /// <summary>The most bytes of the copies: 8 for each of 35 % of the values, where a value has 4.</summary>
    public static long MostBytes(long blockBytes, long tokens) => tokens < LeastTokens ? 0 : blockBytes / 10 * 7;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var linear in block?.Linears ?? [])
        {
            linear.Unpack();
        }
    }
}

/// <summary>A copy of a block's matrices, from which they are restored after a trial.</summary>
internal sealed class DenseWeights : IDisposable
{
    private readonly List<(Linear Layer, Tensor Copy)> copies = [];

    /// <summary>Copies the matrices of a loaded block.</summary>
    public DenseWeights(TransformerBlock block)
    {
        foreach (var linear in block.Linears)
        {
            copies.Add((linear, linear.Weight.Value.Clone()));
        }
    }

    /// <summary>Puts the copied values back.</summary>
    public void Restore()
    {
        foreach (var (layer, copy) in copies)
        {
            copy.CopyTo(layer.Weight.Value);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => copies.ForEach(entry => entry.Copy.Dispose());
}
