using Sparsum.Tensors.Autograd.Nodes;

namespace Sparsum.Tensors;

/// <summary>Operations of disentangled attention.</summary>
public sealed partial class Computation
{
    /// <inheritdoc cref="IBackend.Disentangle"/>
    public Tensor Disentangle(
        Tensor query, Tensor key, Tensor positionKey, Tensor positionQuery, int[] rowOfDistance, AttentionOptions options)
    {
        var output = Workspace.Rent(options.Batch * options.HeadCount * options.QueryLength, options.KeyLength);
        Backend.Disentangle(query, key, positionKey, positionQuery, rowOfDistance, options, output);
        if (Tracks(query, key, positionKey, positionQuery))
        {
            tape.Record(new DisentangleNode(query, key, positionKey, positionQuery, rowOfDistance, options, output), output);
        }

        return output;
    }
}
