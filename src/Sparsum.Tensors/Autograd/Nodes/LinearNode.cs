namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>
/// <c>Y = activation(Z)</c>, <c>Z = X·Wᵀ + b</c>: <c>dZ = dY * activation'(Z)</c>, <c>dX = dZ·W</c>, <c>dW = dZᵀ·X</c>, <c>db</c> the
/// column sums of dZ. Without an activation Z is null.
/// </summary>
internal sealed class LinearNode(
    Tape tape, Tensor input, Tensor weight, Tensor? bias, Activation activation, Tensor? beforeActivation, Tensor output)
    : TapeNode(tape.Tracks(weight) ? input : null, tape.Tracks(input) ? weight : null, beforeActivation)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(output);
        if (gradient is null)
        {
            return;
        }

        var biasGradient = tape.OpenSum(bias);
        if (beforeActivation is not null)
        {
            backend.ActivationGradient(activation, beforeActivation, gradient, gradient, biasGradient);
        }
        else if (biasGradient is not null)
        {
            backend.AddColumnSums(gradient, biasGradient);
        }

        if (tape.Tracks(weight))
        {
            var (weightGradient, accumulate) = tape.Open(weight);
            backend.MatMul(MatrixProduct.TN, gradient, input, weightGradient, accumulate);
        }

        if (tape.Tracks(input))
        {
            var (inputGradient, accumulate) = tape.Open(input);
            backend.MatMul(MatrixProduct.NN, gradient, weight, inputGradient, accumulate);
        }
    }
}
