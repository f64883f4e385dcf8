using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>Layer norm or RMS norm over the last dimension.</summary>
public sealed class Normalization
{
    private int[]? features;

    private Normalization(Parameter scale, Parameter? shift, float epsilon, bool isRms, bool unitOffset)
    {
        Scale = scale;
        Shift = shift;
        Epsilon = epsilon;
        IsRms = isRms;
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

    /// <summary>Whether it is an RMS norm, which takes no mean away.</summary>
    public bool IsRms { get; }

    /// <summary>Whether the factor is one more than <see cref="Scale"/> (Gemma).</summary>
    public bool HasUnitOffset { get; }

    /// <summary>
    /// The features of the input that are normalised, ascending; the others come out as 0. Null means all. What it runs over is all that it
    /// depends on, so a feature that is gone does not move mean and variance of the others.
    /// </summary>
    public IReadOnlyList<int>? Features => features;

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters => Shift is null ? [Scale] : [Scale, Shift];

    /// <summary>Layer norm with scale and shift.</summary>
    public static Normalization LayerNorm(Parameter scale, Parameter? shift, float epsilon) => new(scale, shift, epsilon, false, false);

    /// <summary>RMS norm; with <paramref name="unitOffset"/> the factor is <c>1 + scale</c>.</summary>
    public static Normalization RmsNorm(Parameter scale, float epsilon, bool unitOffset = false) =>
        new(scale, null, epsilon, true, unitOffset);

    /// <summary>Normalises each row.</summary>
    public Tensor Forward(ForwardPass pass, Tensor input)
    {
        if (features is null)
        {
            return Normalize(pass.Computation, input, Scale.Value, Shift?.Value);
        }

        var computation = pass.Computation;
        using var scaleRow = ChosenRow(computation, Scale);
        using var scale = scaleRow is null ? null : computation.Reshape(scaleRow, features.Length);
        using var shiftRow = Shift is null ? null : ChosenRow(computation, Shift);
        using var shift = shiftRow is null ? null : computation.Reshape(shiftRow, features.Length);
        using var chosen = computation.GatherColumns(input, features);
        using var normalized = Normalize(computation, chosen, scale ?? Scale.Value, shift ?? Shift?.Value);
        return computation.ScatterColumns(normalized, features, Scale.OriginalShape[0], null);
    }

    /// <summary>Normalises some features only, for now; the parameters stay whole.</summary>
    /// <param name="chosen">The features, ascending, at least one; null for all.</param>
    /// <exception cref="InvalidOperationException">Features were removed.</exception>
    public void Limit(IReadOnlyList<int>? chosen)
    {
        if (features is not null && Size == features.Length && Size < Scale.OriginalShape[0])
        {
            throw new InvalidOperationException($"Features of '{Scale.Name}' were removed.");
        }

        features = chosen is null || chosen.Count == Size ? null : [.. chosen];
    }

    /// <summary>Removes features for good, their parameters with them.</summary>
    /// <param name="removed">Numbers of features; those that are gone already are passed over.</param>
    /// <returns>What stayed of each parameter.</returns>
    /// <exception cref="ArgumentException">No feature would be left.</exception>
    public IReadOnlyList<ParameterSlice> RemoveFeatures(IReadOnlyCollection<int> removed)
    {
        bool isCut = Size < Scale.OriginalShape[0];
        int[] present = isCut ? features! : [.. Enumerable.Range(0, Size)];
        int[] slots = [.. Enumerable.Range(0, present.Length).Where(slot => !removed.Contains(present[slot]))];
        if (slots.Length == 0)
        {
            throw new ArgumentException($"Removing {removed.Count} features of '{Scale.Name}' would leave none.", nameof(removed));
        }

        features = slots.Length == Scale.OriginalShape[0] ? null : [.. slots.Select(slot => present[slot])];
        if (slots.Length == present.Length)
        {
            return [];
        }

        ParameterSlice[] slices = [.. Parameters.Select(parameter => new ParameterSlice(parameter, SliceAxis.Rows, present.Length, slots))];
        foreach (var slice in slices)
        {
            slice.Parameter.Shrink(slice);
        }

        return slices;
    }

    private Tensor Normalize(Computation computation, Tensor input, Tensor scale, Tensor? shift) => IsRms
        ? computation.RmsNorm(input, scale, Epsilon, HasUnitOffset)
        : computation.LayerNorm(input, scale, shift, Epsilon);

    /// <summary>The values of the chosen features as one row; null where the parameter has no others.</summary>
    private Tensor? ChosenRow(Computation computation, Parameter parameter)
    {
        if (parameter.Shape[0] == features!.Length)
        {
            return null;
        }

        using var row = computation.Reshape(parameter.Value, 1, parameter.Shape[0]);
        return computation.GatherColumns(row, features);
    }
}
