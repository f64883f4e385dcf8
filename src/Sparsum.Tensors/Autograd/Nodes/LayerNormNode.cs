namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Layer norm; keeps its input, from which mean and variance are computed again.</summary>
internal sealed class LayerNormNode(Tensor input, Tensor? scale, Tensor? shift, float epsilon, Tensor output)
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
        backend.LayerNormGradient(
            input, scale, epsilon, gradient, inputGradient, tape.OpenSum(scale), tape.OpenSum(shift), accumulate);
    }
}
