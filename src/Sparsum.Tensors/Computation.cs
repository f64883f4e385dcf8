using Sparsum.Tensors.Autograd;
using Sparsum.Tensors.Autograd.Nodes;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors;

/// <summary>
/// Operations that return new tensors: a backend plus the workspace that their results come from. Layers are written against this class
/// alone. Every result is the caller's to dispose of. Between <see cref="Record"/> and the end of its tape, operations that depend on a
/// watched tensor are recorded, and <see cref="Tensor.Dispose"/> of a value that their gradients need waits until those are computed.
/// </summary>
public sealed partial class Computation : IDisposable
{
    private Tape? tape;

    /// <summary>Starts a computation on a backend, which stays the caller's.</summary>
    public Computation(IBackend backend) => Backend = backend;

    /// <summary>What computes. Operations called here directly are not recorded.</summary>
    public IBackend Backend { get; }

    /// <summary>Where results live.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary>Whether a tape is recording.</summary>
    public bool IsRecording => tape is not null;

    /// <summary>Starts recording; ends when the tape is disposed of.</summary>
    /// <param name="seed">Seed of the random numbers that recorded operations draw.</param>
    /// <param name="isTraining">Whether dropout drops.</param>
    /// <param name="rounds">
    /// Whether values that only gradients still need are kept in bfloat16, in half of the memory. Results and losses are not touched; gradients are those at the
    /// rounded values, with a relative error of 2^-9 in each. What losses and the choice of experts need stays as it is.
    /// </param>
    /// <param name="recomputes">
    /// Whether what is computed by <see cref="Recompute"/> keeps its input alone, and is computed again where gradients need what lies between
    /// (Chen, Xu, Zhang and Guestrin 2016). Gradients are the same to the bit, unless values are rounded as well.
    /// </param>
    /// <exception cref="InvalidOperationException">A tape is already recording.</exception>
    public Tape Record(ulong seed = 0, bool isTraining = true, bool rounds = false, bool recomputes = false) => tape is null
        ? tape = new Tape(this, seed, isTraining, rounds, recomputes)
        : throw new InvalidOperationException("This computation is being recorded already.");

    /// <summary><c>activation(input · weightᵀ + bias)</c>, shape <c>[tokens, out]</c>.</summary>
    public Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null, Activation activation = Activation.Identity, bool rowwise = false)
    {
        var output = Workspace.Rent(input.RowCount, weight.RowCount);
        if (!Tracks(input, weight, bias))
        {
            Backend.Linear(input, weight, bias, activation, output, rowwise);
            return output;
        }

        // The gradient of an activation is a function of what goes in, so that is computed on its own and kept.
        using var beforeActivation = activation == Activation.Identity ? null : Workspace.Rent(output.Shape);
        Backend.Linear(input, weight, bias, Activation.Identity, beforeActivation ?? output, rowwise);
        if (beforeActivation is not null)
        {
            Backend.Activate(activation, beforeActivation, output);
        }

        tape.Record(new LinearNode(tape, input, weight, bias, activation, beforeActivation, output), output);
        return output;
    }

    /// <inheritdoc cref="Linear(Tensor, Tensor, Tensor?, Activation, bool)"/>
    /// <exception cref="InvalidOperationException">A gradient would have to pass through the packed weight.</exception>
    public Tensor Linear(Tensor input, PackedWeight weight, Tensor? bias = null, Activation activation = Activation.Identity, bool rowwise = false)
    {
        if (Tracks(input, bias))
        {
            throw new InvalidOperationException("No gradient passes through a packed weight; unpack the layer before training.");
        }

        var output = Workspace.Rent(input.RowCount, weight.Rows);
        Backend.Linear(input, weight, bias, activation, output, rowwise);
        return output;
    }

    /// <summary>
    /// <see cref="IBackend.Attention"/>. While a tape records training, probabilities are dropped at the given rate, by a stream that is drawn
    /// as in <see cref="DropoutInPlace"/>.
    /// </summary>
    public Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, float dropoutRate = 0)
    {
        if (tape is { IsTraining: true } && dropoutRate != 0)
        {
            options = options with { Dropout = new AttentionDropout(dropoutRate, tape.NextStream(), tape.FirstSequence) };
        }

        var output = Workspace.Rent(query.RowCount, query.Columns);
        Backend.Attention(query, key, value, bias, options, output);
        if (Tracks(query, key, value, bias))
        {
            tape.Record(new AttentionNode(query, key, value, bias, options, output), output);
        }

        return output;
    }

    /// <summary>Attention over keys and values of a generation, which nobody differentiates.</summary>
    /// <inheritdoc cref="IBackend.CachedAttention"/>
    public Tensor CachedAttention(Tensor query, IReadOnlyList<KeyValueSequence> sequences, Tensor? bias, AttentionOptions options)
    {
        if (Tracks(query, bias))
        {
            throw new InvalidOperationException("Keys and values in rows have no gradients.");
        }

        var output = Workspace.Rent(query.RowCount, query.Columns);
        Backend.CachedAttention(query, sequences, bias, options, output);
        return output;
    }

    /// <inheritdoc cref="IBackend.LayerNorm"/>
    public Tensor LayerNorm(Tensor input, Tensor? scale, Tensor? shift, float epsilon)
    {
        var output = Workspace.Rent(input.Shape);
        Backend.LayerNorm(input, scale, shift, epsilon, output);
        if (Tracks(input, scale, shift))
        {
            tape.Record(new LayerNormNode(input, scale, shift, epsilon, output), output);
        }

        return output;
    }

    /// <inheritdoc cref="IBackend.RmsNorm"/>
    public Tensor RmsNorm(Tensor input, Tensor scale, float epsilon, bool unitOffset = false)
    {
        var output = Workspace.Rent(input.Shape);
        Backend.RmsNorm(input, scale, epsilon, unitOffset, output);
        if (Tracks(input, scale))
        {
            tape.Record(new RmsNormNode(input, scale, epsilon, unitOffset, output), output);
        }

        return output;
    }

    /// <inheritdoc cref="IBackend.Activate"/>
    public Tensor Activate(Activation activation, Tensor input)
    {
        var output = Workspace.Rent(input.Shape);
        Backend.Activate(activation, input, output);
        if (Tracks(input))
        {
            tape.Record(new ActivateNode(activation, input, output), output);
        }

        return output;
    }

    /// <inheritdoc cref="IBackend.Gate"/>
    public Tensor Gate(Activation activation, Tensor gate, Tensor up)
    {
        var output = Workspace.Rent(gate.Shape);
        Backend.Gate(activation, gate, up, output);
        if (Tracks(gate, up))
        {
            tape.Record(new GateNode(activation, gate, up, output), output);
        }

        return output;
    }

    /// <inheritdoc cref="IBackend.Add"/>
    public Tensor Add(Tensor left, Tensor right)
    {
        var output = Workspace.Rent(left.Shape);
        Backend.Add(left, right, output);
        if (Tracks(left, right))
        {
            tape.Record(new AddNode(left, right, output), output);
        }

        return output;
    }

    /// <summary>
    /// <c>output[i] = table[ids[i]]</c>: an embedding, or chosen rows of hidden states. The row <paramref name="padding"/> of the table
    /// gets no gradient.
    /// </summary>
    public Tensor Gather(Tensor table, ReadOnlySpan<int> ids, int? padding = null)
    {
        var output = Workspace.Rent(ids.Length, table.Columns);
        Backend.Gather(table, ids, output);
        if (Tracks(table))
        {
            tape.Record(new GatherNode(table, ids.ToArray(), padding, output, isInPlace: false), output);
        }

        return output;
    }

    /// <summary>The same values in memory of their own.</summary>
    public Tensor Copy(Tensor input)
    {
        var output = Workspace.Rent(input.Shape);
        input.CopyTo(output);
        if (Tracks(input))
        {
            tape.Record(new CopyNode(input, output), output);
        }

        return output;
    }

    /// <summary>The same values under another shape: a view, which must not outlive the input.</summary>
    public Tensor Reshape(Tensor input, params ReadOnlySpan<int> shape)
    {
        var view = input.Reshape(shape);
        if (Tracks(input))
        {
            tape.Record(new ReshapeNode(input, view), view);
        }

        return view;
    }

    /// <summary>
    /// <c>part(input)</c>, of which a tape that recomputes keeps the input and <paramref name="others"/>; without one, what the part computes is
    /// recorded as it stands.
    /// </summary>
    /// <param name="input">What the part reads; it stays the caller's and is not changed.</param>
    /// <param name="part">Gives the same values each time; it may draw by this computation.</param>
    /// <param name="others">Other results that it reads.</param>
    public Tensor Recompute(Tensor input, Func<Tensor, Tensor> part, params ReadOnlySpan<Tensor?> others)
    {
        if (tape is not { Recomputes: true, IsPaused: false })
        {
            return part(input);
        }

        var output = tape.ComputePaused(part, input, out var place);
        tape.Record(new RecomputeNode(part, input, place, output, others), output);
        return output;
    }

    /// <summary>Returns the workspace's memory.</summary>
    public void Dispose()
    {
        tape?.Dispose();
        Workspace.Dispose();
    }

    internal void EndRecording(Tape ended) => tape = ReferenceEquals(tape, ended) ? null : tape;

    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(tape))]
    private bool Tracks(Tensor? first, Tensor? second = null, Tensor? third = null, Tensor? fourth = null) =>
        tape is not null && (tape.Tracks(first) || tape.Tracks(second) || tape.Tracks(third) || tape.Tracks(fourth));
}
