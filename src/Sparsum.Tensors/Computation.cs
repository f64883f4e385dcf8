using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors;

/// <summary>
/// Operations that return new tensors: a backend plus the workspace that their results come from. Layers are written against this class
/// alone. Every result is the caller's to dispose of. The place of the autograd tape is here: a recording computation keeps what
/// backward needs and lets <see cref="Tensor.Dispose"/> pass until the step ends.
/// </summary>
public sealed class Computation : IDisposable
{
    /// <summary>Starts a computation on a backend, which stays the caller's.</summary>
    public Computation(IBackend backend) => Backend = backend;

    /// <summary>What computes.</summary>
    public IBackend Backend { get; }

    /// <summary>Where results live.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary><c>activation(input · weightᵀ + bias)</c>, shape <c>[tokens, out]</c>.</summary>
    public Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null, Activation activation = Activation.Identity)
    {
        var output = Workspace.Rent(input.RowCount, weight.RowCount);
        Backend.Linear(input, weight, bias, activation, output);
        return output;
    }

    /// <inheritdoc cref="Linear(Tensor, Tensor, Tensor?, Activation)"/>
    public Tensor Linear(Tensor input, PackedWeight weight, Tensor? bias = null, Activation activation = Activation.Identity)
    {
        var output = Workspace.Rent(input.RowCount, weight.Rows);
        Backend.Linear(input, weight, bias, activation, output);
        return output;
    }

    /// <inheritdoc cref="IBackend.Attention"/>
    public Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options)
    {
        var output = Workspace.Rent(query.RowCount, query.Columns);
        Backend.Attention(query, key, value, bias, options, output);
        return output;
    }

    /// <inheritdoc cref="IBackend.LayerNorm"/>
    public Tensor LayerNorm(Tensor input, Tensor? scale, Tensor? shift, float epsilon)
    {
        var output = Workspace.Rent(input.Shape);
        Backend.LayerNorm(input, scale, shift, epsilon, output);
        return output;
    }

    /// <inheritdoc cref="IBackend.RmsNorm"/>
    public Tensor RmsNorm(Tensor input, Tensor scale, float epsilon, bool unitOffset = false)
    {
        var output = Workspace.Rent(input.Shape);
        Backend.RmsNorm(input, scale, epsilon, unitOffset, output);
        return output;
    }

    /// <inheritdoc cref="IBackend.Gate"/>
    public Tensor Gate(Activation activation, Tensor gate, Tensor up)
    {
        var output = Workspace.Rent(gate.Shape);
        Backend.Gate(activation, gate, up, output);
        return output;
    }

    /// <inheritdoc cref="IBackend.Add"/>
    public Tensor Add(Tensor left, Tensor right)
    {
        var output = Workspace.Rent(left.Shape);
        Backend.Add(left, right, output);
        return output;
    }

    /// <inheritdoc cref="IBackend.Gather"/>
    public Tensor Gather(Tensor table, ReadOnlySpan<int> ids)
    {
        var output = Workspace.Rent(ids.Length, table.Columns);
        Backend.Gather(table, ids, output);
        return output;
    }

    /// <summary>Returns the workspace's memory.</summary>
    public void Dispose() => Workspace.Dispose();
}
