using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary><c>y = x · Wᵀ + b</c> with <c>W [OutputSize, InputSize]</c>: one matrix, the unit that pruning works on.</summary>
public sealed partial class Linear
{
    private PackedWeight? packed;

    /// <summary>Creates the layer from its parameters.</summary>
    public Linear(Parameter weight, Parameter? bias = null)
    {
        Weight = weight;
        Bias = bias;
    }

    /// <summary>The weight <c>[OutputSize, InputSize]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary>The bias <c>[OutputSize]</c>, if any.</summary>
    public Parameter? Bias { get; }

    /// <summary>The name of the layer within the model: the weight's name without <c>.weight</c>.</summary>
    public string Name => Weight.Name.EndsWith(".weight", StringComparison.Ordinal) ? Weight.Name[..^7] : Weight.Name;

    /// <summary>Output features that the weight computes, <c>R</c>.</summary>
    public int OutputSize => Weight.Shape[0];

    /// <summary>Input features that the weight reads, <c>C</c>.</summary>
    public int InputSize => Weight.Shape[1];

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters => Bias is null ? [Weight] : [Weight, Bias];

    /// <summary>Bytes of the packed form; 0 when there is none.</summary>
    public long PackedBytes => packed?.ByteCount ?? 0;

    /// <summary>How the packed form holds the weight, which is what was asked for or what that came to; null when there is none.</summary>
    public StorageType? PackedStorage => packed?.Storage;

    /// <summary>
    /// Prepares for inference: the weight is packed for the backend, and with <paramref name="releaseWeight"/> its float32 values are
    /// given up.
    /// </summary>
    public void Pack(IBackend backend, StorageType storage, bool releaseWeight)
    {
        packed?.Dispose();
        packed = backend.Pack(Weight.Value, storage);
        if (releaseWeight)
        {
            Weight.Release();
        }
    }

    /// <summary>Gives up the packed form, if any: needed before the weight changes.</summary>
    public void Unpack()
    {
        packed?.Dispose();
        packed = null;
    }

    /// <summary>Runs the layer: <c>[tokens, in]</c> to <c>[tokens, out]</c>, whole widths where features were removed.</summary>
    public Tensor Forward(ForwardPass pass, Tensor input, Activation activation = Activation.Identity)
    {
        using var chosen = inputs is null ? null : pass.Computation.GatherColumns(input, inputs);
        var read = chosen ?? input;
        pass.Show(this, read);
        if (outputs is null)
        {
            return Multiply(pass, read, Bias?.Value, activation);
        }

        using var computed = Multiply(pass, read, null, Activation.Identity);
        var whole = pass.Computation.ScatterColumns(computed, outputs, Weight.OriginalShape[0], Bias?.Value);
        if (activation == Activation.Identity)
        {
            return whole;
        }

        using var before = whole;
        return pass.Computation.Activate(activation, before);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{OutputSize}, {InputSize}]";

    private Tensor Multiply(ForwardPass pass, Tensor input, Tensor? bias, Activation activation) => packed is null
        ? pass.Computation.Linear(input, Weight.Value, bias, activation, pass.IsRowwise)
        : pass.Computation.Linear(input, packed, bias, activation, pass.IsRowwise);
}
