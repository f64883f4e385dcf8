using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>What a task puts on top of a model's last hidden states.</summary>
public interface IModelHead
{
    /// <summary>The linear layers in the order of the computation.</summary>
    IReadOnlyList<Linear> Linears { get; }

    /// <summary>The norms in the order of the computation.</summary>
    IReadOnlyList<Normalization> Normalizations { get; }

    /// <summary>Runs the head on <c>[batch * length, hidden]</c>; the input stays the caller's.</summary>
    Tensor Forward(ForwardPass pass, TokenBatch batch, Tensor hidden);
}
