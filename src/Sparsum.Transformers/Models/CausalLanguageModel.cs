using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>A decoder-only language model: its head gives the next token.</summary>
public sealed class CausalLanguageModel : DecoderModel
{
    /// <summary>Projects to the vocabulary; its weight is <see cref="TransformerModel.TokenEmbedding"/> itself when the two are tied.</summary>
    public required Linear Head { get; init; }

    /// <summary>Whether head and token embeddings are one tensor.</summary>
    public bool IsHeadTied => ReferenceEquals(Head.Weight, TokenEmbedding);

    private protected override Linear HeadLinear => Head;

    /// <summary>An empty cache that fits the blocks.</summary>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Most tokens per sequence.</param>
    public KeyValueCache CreateCache(int batch, int capacity) =>
        new(batch, capacity, [.. Blocks.Select(block => block.Attention.KeyValueHeadCount * block.Attention.HeadSize)]);

    private protected override Tensor ForwardHead(ForwardPass pass, TokenBatch batch, Tensor hidden) => Head.Forward(pass, hidden);
}
