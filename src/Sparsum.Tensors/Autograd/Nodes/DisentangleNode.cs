namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Scores between contents and relative positions.</summary>
internal sealed class DisentangleNode(
    Tensor query, Tensor key, Tensor positionKey, Tensor positionQuery, int[] rowOfDistance, AttentionOptions options, Tensor output)
    : TapeNode(query, key, positionKey, positionQuery)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(output);
        if (gradient is null)
        {
            return;
        }

        Tensor[] inputs = [query, key, positionKey, positionQuery];
        Tensor[] gradients = [.. inputs.Select(input => tape.Rent(input.Shape))];
        backend.DisentangleGradient(
            query, key, positionKey, positionQuery, rowOfDistance, options, gradient, gradients[0], gradients[1], gradients[2], gradients[3]);
        for (int i = 0; i < inputs.Length; i++)
        {
            tape.Give(inputs[i], gradients[i]);
        }
    }
}
