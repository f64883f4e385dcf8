namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>An activation on its own, such as the tanh of a pooler.</summary>
internal sealed class ActivateNode(Activation activation, Tensor input, Tensor output)
    : TapeNode(input)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Take(output) is { } gradient)
        {
            backend.ActivationGradient(activation, input, gradient, gradient);
            tape.Give(input, gradient);
        }
    }
}
