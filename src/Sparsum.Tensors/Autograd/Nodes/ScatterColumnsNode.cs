namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Columns put in their places with a bias over all: each gets the gradient of its place, the bias the sum of every column.</summary>
internal sealed class ScatterColumnsNode(Tensor input, int[] columns, Tensor? bias, Tensor output) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(output);
        if (gradient is null)
        {
            return;
        }

        if (tape.OpenSum(bias) is { } biasGradient)
        {
            backend.AddColumnSums(gradient, biasGradient);
        }

        if (tape.Tracks(input))
        {
            var chosen = tape.Rent(input.Shape);
            backend.GatherColumns(gradient, columns, chosen);
            tape.Give(input, chosen);
        }
    }
}
