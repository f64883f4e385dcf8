using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// The MLP of a block: expand, activate, contract. With a gate it is <c>contract(activation(gate(x)) * up(x))</c>
/// (Shazeer, GLU Variants Improve Transformer).
/// </summary>
public sealed partial class FeedForwardLayer : IFeedForward
{
    /// <summary>Gate projection <c>[intermediate, hidden]</c>; null in a plain MLP.</summary>
    public Linear? Gate { get; init; }

    /// <summary>Up projection <c>[intermediate, hidden]</c> (<c>up_proj</c>, <c>fc1</c>, <c>wi</c>).</summary>
    public required Linear Up { get; init; }

    /// <summary>Down projection <c>[hidden, intermediate]</c> (<c>down_proj</c>, <c>fc2</c>, <c>wo</c>).</summary>
    public required Linear Down { get; init; }

    /// <summary>The activation between them.</summary>
    public required Activation Activation { get; init; }

    /// <summary>Dropout between them (T5), while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>The layers that read the block's hidden states: one, or gate and up.</summary>
    public IReadOnlyList<Linear> Expand => Gate is null ? [Up] : [Gate, Up];

    /// <summary>The layer that writes them back.</summary>
    public Linear Contract => Down;

    /// <inheritdoc/>
    IReadOnlyList<FeedForwardLayer> IFeedForward.Layers => [this];

    /// <summary>The linear layers in module order.</summary>
    public IReadOnlyList<Linear> Linears => [.. Expand, Down];

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters => Linears.SelectMany(linear => linear.Parameters);

    /// <summary>Runs the MLP over <c>[batch * length, hidden]</c>.</summary>
    public Tensor Forward(ForwardPass pass, Tensor input)
    {
        using var inner = ForwardExpand(pass, input);
        return Down.Forward(pass, inner);
    }

    /// <summary>Shows the pass's observer the inputs of all layers; the contraction is not computed.</summary>
    public void Observe(ForwardPass pass, Tensor input)
    {
        using var inner = ForwardExpand(pass, input);
        pass.Show(Down, inner);
    }

    private Tensor ForwardExpand(ForwardPass pass, Tensor input)
    {
        var inner = Gate is null ? Up.Forward(pass, input, Activation) : ForwardGated(pass, input, Gate);
        pass.Computation.DropoutInPlace(ref inner, DropoutRate);
        return inner;
    }

    private Tensor ForwardGated(ForwardPass pass, Tensor input, Linear gateLayer)
    {
        using var gate = gateLayer.Forward(pass, input);
        using var up = Up.Forward(pass, input);
        return pass.Computation.Gate(Activation, gate, up);
    }
}
