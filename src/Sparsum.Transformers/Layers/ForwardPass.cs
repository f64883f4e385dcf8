using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>What the layers of one forward pass share.</summary>
public sealed record ForwardPass
{
    /// <summary>The operations.</summary>
    public required Computation Computation { get; init; }

    /// <summary>Number of sequences.</summary>
    public required int Batch { get; init; }

    /// <summary>Tokens per sequence in this pass (with a cache: the new ones).</summary>
    public required int Length { get; init; }

    /// <summary>Position of every token, <c>[batch * length]</c>.</summary>
    public required int[] Positions { get; init; }

    /// <summary>
    /// <c>[batch, keys]</c>, 0 at padding, over all keys including cached ones; null when nothing is padded.
    /// </summary>
    public byte[]? KeyMask { get; init; }

    /// <summary>Keys and values of earlier tokens; null outside generation.</summary>
    public IKeyValueCache? Cache { get; init; }

    /// <summary>Whether linear layers give each token the bits that it would get alone, whatever is beside it; see <see cref="IBackend"/>.</summary>
    public bool IsRowwise { get; init; }

    /// <summary>
    /// What the stack's <see cref="RelativePositions"/> add to the scores, as <see cref="RelativePositions.Compute"/> gives it, where it was computed
    /// for all blocks at once; null lets each layer compute it.
    /// </summary>
    public Tensor? PositionBias { get; init; }

    /// <summary>What cross-attention reads; null in a stack without.</summary>
    public EncodedSource? Source { get; init; }

    /// <summary>Within an expert: how many tokens of each sequence are there; null where all are.</summary>
    public IReadOnlyList<int>? TokensOfSequences { get; init; }

    /// <summary>Sees the input of every linear layer; null when nobody looks.</summary>
    public ILinearObserver? Observer { get; init; }

    /// <summary>Shows the observer the input of a layer.</summary>
    internal void Show(Linear layer, Tensor input)
    {
        if (TokensOfSequences is null)
        {
            Observer?.Observe(layer, input);
        }
        else
        {
            Observer?.ObserveSome(layer, input, TokensOfSequences);
        }
    }
}
