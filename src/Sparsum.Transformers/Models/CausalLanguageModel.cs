using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>A decoder-only language model: its head gives the next token.</summary>
public sealed class CausalLanguageModel : DecoderModel
{
    /// <summary>Projects to the vocabulary; its weight is <see cref="TransformerModel.TokenEmbedding"/> itself when the two are tied.</summary>
    public required Linear Head { get; init; }

    /// <summary>Bounds logits (Gemma 2): <c>cap * tanh(logit / cap)</c>; null leaves them as they are.</summary>
    public float? LogitSoftCap { get; init; }

    /// <summary>
    /// The longest sequence whose cached keys and values still hold when it grows; beyond it, once, all are computed again. Null where they
    /// always hold.
    /// </summary>
    public int? CacheBorder => Blocks.Select(block => block.Attention.Rotary?.Long).FirstOrDefault(rotary => rotary is { IsFixed: true })?.Beyond;

    /// <summary>Whether head and token embeddings are one tensor.</summary>
    public bool IsHeadTied => ReferenceEquals(Head.Weight, TokenEmbedding);

    /// <inheritdoc/>
    protected override Linear HeadLinear => Head;

    /// <summary>An empty cache that fits the blocks.</summary>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Most tokens per sequence.</param>
    /// <param name="storage">How keys and values are held.</param>
    public KeyValueCache CreateCache(int batch, int capacity, StorageType storage = StorageType.Float32) =>
        new(batch, capacity, [.. Blocks.Select(block => (block.Attention.KeyValueHeadCount, block.Attention.HeadSize))], storage);

    /// <summary>The logits from finished states, which stay the caller's.</summary>
    public Tensor Project(ForwardPass pass, Tensor hidden)
    {
        var logits = Head.Forward(pass, hidden);
        if (LogitSoftCap is not { } cap)
        {
            return logits;
        }

        pass.Computation.ScaleInPlace(ref logits, 1 / cap);
        using var scaled = logits;
        var bounded = pass.Computation.Activate(Activation.Tanh, scaled);
        pass.Computation.ScaleInPlace(ref bounded, cap);
        return bounded;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardHead(ForwardPass pass, TokenBatch batch, Tensor hidden) => Project(pass, hidden);
}
