using Sparsum.Tensors.Autograd.Nodes;

namespace Sparsum.Tensors;

/// <summary>Operations on chosen columns.</summary>
public sealed partial class Computation
{
    /// <inheritdoc cref="IBackend.GatherColumns"/>
    public Tensor GatherColumns(Tensor input, int[] columns)
    {
        var output = Workspace.Rent(input.RowCount, columns.Length);
        Backend.GatherColumns(input, columns, output);
        if (Tracks(input))
        {
            tape.Record(new GatherColumnsNode(input, columns, output), output);
        }

        return output;
    }

    /// <inheritdoc cref="IBackend.ScatterColumns"/>
    /// <param name="input">The computed columns <c>[tokens, columns]</c>.</param>
    /// <param name="columns">The place of each.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="bias">Added to every row; null for none.</param>
    public Tensor ScatterColumns(Tensor input, int[] columns, int width, Tensor? bias)
    {
        var output = Workspace.Rent(input.RowCount, width);
        Backend.ScatterColumns(input, columns, bias, output);
        if (Tracks(input, bias))
        {
            tape.Record(new ScatterColumnsNode(input, columns, bias, output), output);
        }

        return output;
    }
}
