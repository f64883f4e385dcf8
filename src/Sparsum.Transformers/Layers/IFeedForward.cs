using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>What a block does beside attention: one MLP (<see cref="FeedForwardLayer"/>), or several among which a router chooses.</summary>
public interface IFeedForward
{
    /// <summary>The MLPs: one, or all experts and then the one that every token passes.</summary>
    IReadOnlyList<FeedForwardLayer> Layers { get; }

    /// <summary>Their linear layers; a router is none of them.</summary>
    IReadOnlyList<Linear> Linears { get; }

    /// <summary>The parameters, those of a router included.</summary>
    IEnumerable<Parameter> Parameters { get; }

    /// <summary>Runs over <c>[batch * length, hidden]</c>; the input stays the caller's.</summary>
    Tensor Forward(ForwardPass pass, Tensor input);

    /// <summary>Shows the pass's observer the inputs of all layers that tokens reach; the contractions are not computed.</summary>
    void Observe(ForwardPass pass, Tensor input);
}
