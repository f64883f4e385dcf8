using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// A prefix of parameter names. Indexing goes one name deeper, so that an architecture's code reads like its checkpoint:
/// <c>root["model"]["layers"][3].Linear("q_proj", …)</c>.
/// </summary>
public sealed class ParameterScope(string name = "")
{
    /// <summary>The dotted prefix; empty at the root.</summary>
    public string Name { get; } = name;

    /// <summary>The scope below <paramref name="child"/>.</summary>
    public ParameterScope this[string child] => new(Join(child));

    /// <summary>The scope of a numbered child.</summary>
    public ParameterScope this[int child] => this[FormattableString.Invariant($"{child}")];

    /// <summary>The parameter <c>NAME.child</c>.</summary>
    public Parameter Parameter(string child, params ReadOnlySpan<int> shape) => new(Join(child), shape);

    /// <summary>The table <c>NAME.child.weight</c> of an embedding.</summary>
    public Parameter Embedding(string child, int rows, int width) => this[child].Parameter("weight", rows, width);

    /// <summary>A linear layer stored <c>[out, in]</c>.</summary>
    public Linear Linear(string child, int outputSize, int inputSize, bool hasBias) => new(
        this[child].Parameter("weight", outputSize, inputSize),
        hasBias ? this[child].Parameter("bias", outputSize) : null);

    /// <summary>A linear layer stored <c>[in, out]</c>.</summary>
    public Linear TransposedLinear(string child, int outputSize, int inputSize)
    {
        string weight = this[child].Join("weight");
        return new Linear(
            new Parameter(weight, outputSize, inputSize) { Source = new ParameterSource(weight) { IsTransposed = true } },
            this[child].Parameter("bias", outputSize));
    }

    /// <summary>
    /// A part of a fused linear layer: <paramref name="features"/> are its output features within the stored tensor, which has
    /// <paramref name="fusedSize"/> of them. Its parameters are named <c>NAME.child.part.weight</c>.
    /// </summary>
    public Linear FusedPart(string child, string part, int[] features, int fusedSize, int inputSize, bool hasBias, bool isTransposed)
    {
        var stored = this[child];
        var own = stored[part];
        return new Linear(Part("weight", features.Length, inputSize), hasBias ? Part("bias", features.Length) : null);

        Parameter Part(string kind, params ReadOnlySpan<int> shape) => new(own.Join(kind), shape)
        {
            Source = new ParameterSource(stored.Join(kind))
            {
                IsTransposed = isTransposed && shape.Length == 2,
                OutputFeatures = features,
                FusedOutputFeatures = fusedSize,
            },
        };
    }

    /// <summary>All parts of a fused linear layer that lie one after the other, each with its name and number of output features.</summary>
    public IReadOnlyList<Linear> FusedRows(string child, int inputSize, bool hasBias, params IReadOnlyList<(string Part, int Size)> parts)
    {
        int total = parts.Sum(part => part.Size);
        int start = 0;
        var linears = new List<Linear>();
        foreach (var (part, size) in parts)
        {
            linears.Add(FusedPart(child, part, [.. Enumerable.Range(start, size)], total, inputSize, hasBias, isTransposed: false));
            start += size;
        }

        return linears;
    }

    /// <summary>Layer norm with weight and, unless left out, bias.</summary>
    public Normalization LayerNorm(string child, int size, double epsilon, bool hasBias = true) => Normalization.LayerNorm(
        this[child].Parameter("weight", size), hasBias ? this[child].Parameter("bias", size) : null, (float)epsilon);

    /// <summary>RMS norm; with <paramref name="unitOffset"/> the factor is one more than the weight.</summary>
    public Normalization RmsNorm(string child, int size, double epsilon, bool unitOffset = false) =>
        Normalization.RmsNorm(this[child].Parameter("weight", size), (float)epsilon, unitOffset);

    /// <summary>Token embeddings, which are also known as <paramref name="headName"/> when the head is tied to them.</summary>
    public Parameter TokenEmbedding(string child, int rows, int width, bool isTied, string headName) =>
        TokenEmbedding(child, rows, width, isTied ? [headName] : []);

    /// <summary>Token embeddings under all the names that a checkpoint may have for them.</summary>
    public Parameter TokenEmbedding(string child, int rows, int width, IReadOnlyList<string> otherNames)
    {
        string weight = this[child].Join("weight");
        return new Parameter(weight, rows, width)
        {
            Source = new ParameterSource(weight) { Aliases = [.. otherNames.Select(name => $"{name}.weight")] },
        };
    }

    /// <summary>The head: tied to the embeddings or a matrix of its own.</summary>
    public Linear Head(string child, Parameter embedding, int width, bool isTied, bool hasBias = false) => new(
        isTied ? embedding : this[child].Parameter("weight", embedding.Shape[0], width),
        hasBias ? this[child].Parameter("bias", embedding.Shape[0]) : null);

    private string Join(string child) => Name.Length == 0 ? child : $"{Name}.{child}";
}
