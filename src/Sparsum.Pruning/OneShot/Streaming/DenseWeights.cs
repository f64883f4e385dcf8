using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Streaming;

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
