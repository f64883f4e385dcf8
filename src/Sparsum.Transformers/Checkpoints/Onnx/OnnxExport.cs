using System.Globalization;
using System.Reflection;
using Sparsum.Core;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>
/// Writes a model as ONNX: a graph of standard operators (opset 17) in <c>model.onnx</c>, and its weights in <c>model.onnx_data</c> beside it.
/// Inputs and outputs have the names that the exporter of the Hugging Face libraries gives them. Each layer has the size that it has in the model,
/// so that models whose blocks differ are written as they are.
/// </summary>
public static class OnnxExport
{
    /// <summary>The name of the graph's file.</summary>
    public const string GraphName = "model.onnx";

    /// <summary>The name of the weights' file.</summary>
    public const string DataName = "model.onnx_data";

    /// <summary>Values of this size and more are in a file of their own.</summary>
    private const int LargeBytes = 1024;

    /// <summary>Where a tensor may begin, so that the file can be mapped into memory.</summary>
    private const int Alignment = 4096;

    /// <summary>The <c>model_type</c> of the models that can be written: each was compared with outputs of its reference implementation.</summary>
    public static IReadOnlyList<string> ModelTypes { get; } =
    [
        "bert", "roberta", "distilbert", "electra", "modernbert",
        "llama", "mistral", "qwen2", "qwen3", "smollm3", "olmo2", "gemma", "gemma2", "gemma3_text", "phi3",
        "phi", "gpt2", "gptj", "gpt_neox", "opt", "bloom", "falcon",
    ];

    /// <summary>Types that matrices can be stored as.</summary>
    public static IReadOnlyList<TensorDataType> Types { get; } = [TensorDataType.F32, TensorDataType.F16];

    /// <summary>
    /// Writes the two files, and <c>config.json</c> with the sizes, as other programs look there for them. Values are those that a parameter has,
    /// or else those of the checkpoint, read tensor by tensor. Float16 is how matrices are stored: the graph widens them and computes in float32.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder, which is there; files of the same names are replaced.</param>
    /// <param name="options">How it is written; null for all defaults.</param>
    /// <param name="progress">Told after each tensor the share that is written.</param>
    /// <param name="cancellationToken">Cancels between tensors; no partial file stays.</param>
    /// <exception cref="ArgumentException">The type is not one of <see cref="Types"/>.</exception>
    /// <exception cref="InvalidInputException">The model is of a kind that is not written, or the checkpoint is damaged.</exception>
    /// <exception cref="RunFailedException">A file cannot be written, or a value is too large for its type.</exception>
    public static OnnxSummary Write(
        PretrainedModel model,
        string folder,
        OnnxExportOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new OnnxExportOptions();
        if (options.Type is { } wanted && !Types.Contains(wanted))
        {
            throw new ArgumentException($"Matrices are stored as {string.Join(" or ", Types)}, not {wanted}.", nameof(options));
        }

        Check(model);
        var remarks = new List<string>();
        bool givesStates = options.GivesStates || model.FreshParameters.Count > 0;
        if (givesStates && !options.GivesStates)
        {
            remarks.Add("The checkpoint has no trained head; the graph gives last_hidden_state.");
        }

        var graph = new OnnxGraph(parameter => TypeOf(model, parameter, options.Type));
        graph.Model(model.Model, givesStates);
        if (model.Model is CausalLanguageModel && model.Model.Blocks.Any(block => block.Skipped.HasFlag(BlockParts.Attention)))
        {
            remarks.Add("Blocks whose attention was removed have no past_key_values and no present.");
        }

        var places = Plan(graph);
        byte[] file = graph.Encode("sparsum", Version(), weight => Locate(model, weight, places.TryGetValue(weight, out long place) ? place : null));
        using (var data = new OnnxData(Path.Combine(folder, DataName)))
        {
            int written = 0;
            foreach (var (weight, place) in places)
            {
                cancellationToken.ThrowIfCancellationRequested();
                data.PadTo(place);
                weight.Write(model, data.Append);
                progress?.Report((double)++written / places.Count);
            }

            data.Complete();
        }

        SafetensorsExport.WriteConfig(model, folder, graph.Weights.Any(weight => weight.Type == OnnxType.Float16) ? TensorDataType.F16 : TensorDataType.F32);
        AtomicFile.WriteAllBytes(Path.Combine(folder, GraphName), file);
        return new OnnxSummary(OnnxGraph.Opset, graph.NodeCount, graph.Weights.Count, [.. graph.Inputs], [.. graph.Outputs], remarks);
    }

    private static void Check(PretrainedModel model)
    {
        string? part = !ModelTypes.Contains(model.Architecture.ModelType) ? $"model_type: {model.Architecture.ModelType}"
            : model.Model.Blocks.Any(block => block.Attention.Rotary?.Long is { IsFixed: false }) ? "rotary frequencies of their own for every length (dynamic)"
            : null;
        if (part is not null)
        {
            throw new InvalidInputException("not-for-onnx", "This model cannot be written as ONNX.")
            {
                File = model.Folder,
                Found = part,
                Expected = $"model_type: one of {string.Join(", ", ModelTypes)}",
                Hint = "Encoders with a decoder, mixtures of experts and relative positions are not written.",
            };
        }
    }

    // Vectors and learned positions are small, and what is added should not be rounded.
    private static OnnxType TypeOf(PretrainedModel model, Parameter parameter, TensorDataType? type)
    {
        type ??= StoredType(model.Checkpoint, model.StoredName(parameter));
        bool isMatrix = parameter.Shape.Length == 2 && !ReferenceEquals(parameter, model.Model.PositionEmbedding);
        return isMatrix && type == TensorDataType.F16 ? OnnxType.Float16 : OnnxType.Float;
    }

    // What a scale is multiplied with has more digits than the type that the model computes in.
    private static TensorDataType StoredType(ICheckpoint checkpoint, string name) =>
        checkpoint is QuantizedCheckpoint quantized && quantized.Quantized.Contains(name) ? TensorDataType.F32 : checkpoint.Tensors[name].DataType;

    private static Dictionary<OnnxWeight, long> Plan(OnnxGraph graph)
    {
        var places = new Dictionary<OnnxWeight, long>();
        long end = 0;
        foreach (var weight in graph.Weights.Where(weight => weight.ByteCount >= LargeBytes))
        {
            end = (end + Alignment - 1) / Alignment * Alignment;
            places.Add(weight, end);
            end += weight.ByteCount;
        }

        return places;
    }

    private static ProtobufMessage Locate(PretrainedModel model, OnnxWeight weight, long? place)
    {
        var message = OnnxGraph.Describe(weight.Name, weight.Type, weight.Shape);
        if (place is null)
        {
            using var bytes = new MemoryStream();
            weight.Write(model, bytes.Write);
            return message.Bytes(9, bytes.ToArray());
        }

        foreach (var (key, value) in new[]
        {
            ("location", DataName),
            ("offset", place.Value.ToString(CultureInfo.InvariantCulture)),
            ("length", weight.ByteCount.ToString(CultureInfo.InvariantCulture)),
        })
        {
            message.Message(13, new ProtobufMessage().Text(1, key).Text(2, value));
        }

        return message.Integer(14, 1);
    }

    private static string Version() =>
        typeof(OnnxExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
}
