namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>RMS norm; keeps its input, from which the mean square is computed again.</summary>
internal sealed class RmsNormNode(Tensor input, Tensor scale, float epsilon, bool unitOffset, Tensor output)
    : TapeNode(input, scale)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(output);
        if (gradient is null)
        {
            return;
        }

        var (inputGradient, accumulate) = tape.Tracks(input) ? tape.Open(input) : (null, false);
        backend.RmsNormGradient(input, scale, epsilon, unitOffset, gradient, inputGradient, tape.OpenSum(scale), accumulate);
    }
}
