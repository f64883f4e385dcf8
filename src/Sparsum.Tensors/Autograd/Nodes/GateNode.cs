namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary><c>activation(gate) * up</c>.</summary>
internal sealed class GateNode(Activation activation, Tensor gate, Tensor up, Tensor output)
    : TapeNode(gate, up)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Take(output) is { } gradient)
        {
            var upGradient = tape.Rent(up.Shape);
            backend.GateGradient(activation, gate, up, gradient, gradient, upGradient);
            tape.Give(gate, gradient);
            tape.Give(up, upGradient);
        }
    }
}
