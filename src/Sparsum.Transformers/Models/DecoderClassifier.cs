using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>A decoder that classifies sequences by their last token.</summary>
public sealed class DecoderClassifier : DecoderModel
{
    /// <summary>The head, which has no pooler.</summary>
    public required ClassificationHead Head { get; init; }

    /// <inheritdoc/>
    public override IModelHead TaskHead => Head;

    /// <inheritdoc/>
    protected override Linear HeadLinear => Head.Classifier;

    /// <inheritdoc/>
    protected override Tensor ForwardHead(ForwardPass pass, TokenBatch batch, Tensor hidden) => Head.Forward(pass, batch, hidden);
}
