namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Attention; keeps queries, keys and values, from which its gradient computes the probabilities again.</summary>
internal sealed class AttentionNode(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output)
    : TapeNode(query, key, value, bias)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(output);
        if (gradient is null)
        {
            return;
        }

        var queryGradient = tape.Rent(query.Shape);
        var keyGradient = tape.Rent(key.Shape);
        var valueGradient = tape.Rent(value.Shape);
        backend.AttentionGradient(
            query, key, value, bias, options, gradient, queryGradient, keyGradient, valueGradient, tape.OpenSum(bias));
        tape.Give(query, queryGradient);
        tape.Give(key, keyGradient);
        tape.Give(value, valueGradient);
    }
}
