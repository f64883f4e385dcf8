using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// A named weight of a model. A model is first built as a skeleton of parameters without values, so that names and shapes can be checked
/// and blocks loaded one at a time; <see cref="Set"/> and <see cref="Release"/> give and take the values.
/// </summary>
public sealed partial class Parameter
{
    private readonly int[] originalShape;
    private int[] denseShape;
    private int[] shape;
    private ParameterSource source;
    private ParameterSource originalSource;
    private Tensor? value;

    /// <summary>Declares a parameter.</summary>
    /// <param name="name">Its Hugging Face name, e.g. <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
    /// <param name="shape">Its shape in the model: a linear weight is always <c>[out, in]</c>.</param>
    public Parameter(string name, params ReadOnlySpan<int> shape)
    {
        Name = name;
        this.shape = originalShape = denseShape = shape.ToArray();
        source = originalSource = new ParameterSource(name);
    }

    /// <summary>The Hugging Face name; parts of a fused tensor get a name of their own.</summary>
    public string Name { get; }

    /// <summary>Shape in the model.</summary>
    public ReadOnlySpan<int> Shape => shape;

    /// <summary>Shape in the model as its configuration declares it, before parts were removed.</summary>
    public ReadOnlySpan<int> OriginalShape => originalShape;

    /// <summary>
    /// Shape in the dense model that this one was made from, so that what was removed can go on counting as zero:
    /// <see cref="OriginalShape"/>, or larger where the configuration says that the model was made smaller as a whole.
    /// </summary>
    public ReadOnlySpan<int> DenseShape => denseShape;

    /// <summary>Elements of <see cref="DenseShape"/>.</summary>
    public long DenseElements => Tensor.CountElements(denseShape);

    /// <summary>Which part of which checkpoint tensor holds the values, and in what layout.</summary>
    public ParameterSource Source { get => source; init => source = originalSource = value; }

    /// <summary>Whether the values are constants of the checkpoint, which optimisers leave as they are.</summary>
    public bool IsBuffer { get; init; }

    /// <summary>Whether values are there.</summary>
    public bool IsLoaded => value is not null;

    /// <summary>The values.</summary>
    /// <exception cref="InvalidOperationException">None are loaded.</exception>
    public Tensor Value => value ?? throw new InvalidOperationException($"The values of '{Name}' are not loaded.");

    /// <summary>The scales on whose steps the values lie; null for values that were not rounded.</summary>
    public QuantizedGrid? Grid { get; set; }

    /// <summary>
    /// Where backward adds the derivative of the loss by this parameter; null while it is not trained, see <see cref="EnableGradient"/>.
    /// </summary>
    public Tensor? Gradient { get; private set; }

    /// <summary>Has the parameter trained from now on: its gradient starts as zeros.</summary>
    public void EnableGradient()
    {
        if (Gradient is null)
        {
            Gradient = Tensor.Zeros(shape);
        }
        else
        {
            Gradient.Clear();
        }
    }

    /// <summary>Ends training of the parameter and disposes of its gradient.</summary>
    public void DisableGradient()
    {
        Gradient?.Dispose();
        Gradient = null;
    }

    /// <summary>Takes ownership of values, disposing of earlier ones.</summary>
    /// <exception cref="ArgumentException">The shape differs.</exception>
    public void Set(Tensor values)
    {
        if (!values.Shape.SequenceEqual(shape))
        {
            throw new ArgumentException(
                $"'{Name}' has shape {Tensor.FormatShape(shape)}, not {Tensor.FormatShape(values.Shape)}.", nameof(values));
        }

        value?.Dispose();
        value = values;
        Grid = null;
    }

    /// <summary>Disposes of the values and of the gradient.</summary>
    public void Release()
    {
        DisableGradient();
        value?.Dispose();
        value = null;
        Grid = null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Tensor.FormatShape(shape)}";
}
