using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>Layer norm or RMS norm over the last dimension.</summary>
public sealed class Normalization
{
    private readonly bool isRms;

    private Normalization(Parameter scale, Parameter? shift, float epsilon, bool isRms, bool unitOffset)
    {
        Scale = scale;
        Shift = shift;
        Epsilon = epsilon;
        this.isRms = isRms;
        HasUnitOffset = unitOffset;
    }

    /// <summary>The factor of each feature.</summary>
    public Parameter Scale { get; }

    /// <summary>The offset of each feature; layer norm only.</summary>
    public Parameter? Shift { get; }

    /// <summary>Number of features that are normalised together.</summary>
    public int Size => Scale.Shape[0];

    /// <summary>Added to the variance or mean square.</summary>
    public float Epsilon { get; }

    /// <summary>Whether the factor is one more than <see cref="Scale"/> (Gemma).</summary>
    public bool HasUnitOffset { get; }

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters => Shift is null ? [Scale] : [Scale, Shift];

    /// <summary>Layer norm with scale and shift.</summary>
    public static Normalization LayerNorm(Parameter scale, Parameter? shift, float epsilon) => new(scale, shift, epsilon, false, false);

    /// <summary>RMS norm; with <paramref name="unitOffset"/> the factor is <c>1 + scale</c>.</summary>
    public static Normalization RmsNorm(Parameter scale, float epsilon, bool unitOffset = false) =>
        new(scale, null, epsilon, true, unitOffset);

    /// <summary>Normalises each row.</summary>
    public Tensor Forward(ForwardPass pass, Tensor input) => isRms
        ? pass.Computation.RmsNorm(input, Scale.Value, Epsilon, HasUnitOffset)
        : pass.Computation.LayerNorm(input, Scale.Value, Shift?.Value, Epsilon);
}
