using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>BERT's head for masked tokens: a transformed hidden state is compared with every token embedding (Devlin et al. 2019).</summary>
public sealed class MaskedLanguageModelHead : IModelHead
{
    /// <summary>The transformation <c>[hidden, hidden]</c>.</summary>
    public required Linear Transform { get; init; }

    /// <summary>Its activation.</summary>
    public required Activation Activation { get; init; }

    /// <summary>The norm behind it.</summary>
    public required Normalization Norm { get; init; }

    /// <summary>Projects to the vocabulary; its weight is the token embedding unless untied.</summary>
    public required Linear Decoder { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<Linear> Linears => [Transform, Decoder];

    /// <inheritdoc/>
    public IReadOnlyList<Normalization> Normalizations => [Norm];

    /// <summary>Logits <c>[batch * length, vocabulary]</c>.</summary>
    public Tensor Forward(ForwardPass pass, TokenBatch batch, Tensor hidden)
    {
        using var transformed = Transform.Forward(pass, hidden, Activation);
        using var normalized = Norm.Forward(pass, transformed);
        return Decoder.Forward(pass, normalized);
    }
}
