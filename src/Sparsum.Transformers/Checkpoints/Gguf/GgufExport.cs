using Sparsum.Core;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Gguf;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Writes a model as a GGUF file.</summary>
public static class GgufExport
{
    private static readonly string[] TokenTables = ["token_embd.weight", "output.weight"];

    /// <summary>Types that weights can be written as.</summary>
    public static IReadOnlyList<GgufTensorType> Types { get; } = [.. Enum.GetValues<GgufTensorType>().Where(BlockWriter.CanWrite)];

    /// <summary>
    /// Writes a file. Vectors and learned positions stay F32; with Q4_0 token embeddings and head become Q8_0, and matrices whose rows are no
    /// whole blocks become F16.
    /// </summary>
    /// <param name="model">The model, whose values are read from its checkpoint tensor by tensor.</param>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="name">The model's name in the file.</param>
    /// <param name="type">The type of matrices; null for the one that each is stored as (F32, F16 or BF16).</param>
    /// <param name="progress">Told after each tensor the share that is written.</param>
    /// <param name="cancellationToken">Cancels between rows; no partial file stays.</param>
    /// <returns>What the user should know.</returns>
    /// <exception cref="ArgumentException">The type is not one of <see cref="Types"/>.</exception>
    /// <exception cref="InvalidInputException">GGUF has no words for the model or its tokenizer, or a value is not finite.</exception>
    /// <exception cref="RunFailedException">The file cannot be written, or a value is too large for its type.</exception>
    public static IReadOnlyList<string> Write(
        PretrainedModel model,
        string path,
        string name,
        GgufTensorType? type = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (type is { } wanted && !Types.Contains(wanted))
        {
            throw new ArgumentException($"Weights are written as {string.Join(", ", Types)}, not {wanted}.", nameof(type));
        }

        CheckShape(model);
        var metadata = new GgufMetadata(path);
        metadata.Set("general.architecture", "");
        metadata.Set("general.type", "model");
        metadata.Set("general.name", name);
        var config = model.Architecture.Write(model.ModelConfig);
        List<string> remarks = [.. GgufConfig.Describe(config, metadata, out float[]? rotaryFactors)];
        int rows = model.Model.TokenEmbedding.Shape[0];
        if (HasTokenizer(model.Folder))
        {
            GgufTokenizerExport.Describe(model.Folder, rows, metadata);
        }
        else
        {
            metadata.Set("tokenizer.ggml.model", "no_vocab");
            remarks.Add("The model has no tokenizer files; the GGUF file holds weights and configuration alone.");
        }

        var tensors = Plan(model, metadata, type, remarks);
        if (rotaryFactors is not null)
        {
            tensors.Insert(0, new GgufWriter.Entry(
                new GgufTensor(GgufRotary.Frequencies, GgufTensorType.F32, [rotaryFactors.Length]),
                (_, values) => rotaryFactors.CopyTo(values)));
        }

        metadata.Set("general.file_type", FileType(tensors.MaxBy(entry => entry.Tensor.ByteCount).Tensor.Type));
        metadata.Set("general.quantization_version", 2u);
        GgufWriter.Write(
            path,
            metadata,
            tensors,
            progress is null ? null : new Share(progress, tensors.Count),
            cancellationToken);
        return remarks;
    }

    private static bool HasTokenizer(string folder)
    {
        try
        {
            Tokenizer.Open(folder);
            return true;
        }
        catch (TokenizerException exception) when (exception.Code == "tokenizer-missing")
        {
            return false;
        }
    }

    private static void CheckShape(PretrainedModel model)
    {
        string? other = model.Task != ModelTask.CausalLanguageModeling ? $"a model for {model.Task}"
            : model.ModelConfig.Sparsum is not null || model.ModelConfig.PerLayerConfig is { Count: > 0 } || model.ModelConfig.PrunedHeads is { Count: > 0 } ? "blocks of several sizes"
            : null;
        if (other is not null)
        {
            throw new InvalidInputException("not-for-gguf", "This model cannot be written as GGUF.")
            {
                File = model.Folder,
                Found = other,
                Expected = "a causal language model whose blocks are all of one size",
                Hint = "Of a compacted model, convert the dense one, or compact it to the same sizes in every block.",
            };
        }
    }

    private static List<GgufWriter.Entry> Plan(
        PretrainedModel model, GgufMetadata metadata, GgufTensorType? type, List<string> remarks)
    {
        var layout = new GgufLayout(GgufFamilies.Find(metadata), metadata);
        var names = layout.Names().ToDictionary(name => name.Name, StringComparer.Ordinal);
        var parts = model.Model.Parameters.GroupBy(parameter => parameter.Source.TensorName)
            .Select(group => (Name: names.GetValueOrDefault(group.Key) ?? throw NoName(model, group.Key), Source: group.First()))
            .GroupBy(part => part.Name.Stored);
        var tensors = new List<GgufWriter.Entry>();
        int fallbacks = 0;
        foreach (var group in parts)
        {
            StoredPart[] sources = [.. group.OrderBy(part => part.Name.Part).Select(part => new StoredPart(model, layout, part.Name, part.Source))];
            int[] shape = sources.Length == 1 && group.First().Name.Parts == 1
                ? sources[0].Shape
                : [sources.Length, .. sources[0].Shape];
            var stored = TypeOf(group.Key, shape, type ?? sources[0].StoredType);
            if (shape[^1] % stored.BlockElements() != 0)
            {
                stored = GgufTensorType.F16;
                fallbacks++;
            }

            int rowsOfPart = sources[0].Shape.Length == 1 ? 1 : sources[0].Shape[0];
            bool isRounded = stored.BlockElements() > 1 && sources.All(part => part.StepBits is not null);
            tensors.Add(new GgufWriter.Entry(
                new GgufTensor(group.Key, stored, shape),
                (start, values) => ReadParts(sources, rowsOfPart, shape[^1], start, values, (part, first, rows) => part.Read(first, rows)),
                !isRounded ? null : (start, scales) => ReadParts(
                    sources, rowsOfPart, shape[^1] / stored.BlockElements(), start, scales, (part, first, rows) => part.ReadScales(first, stored.BlockElements(), rows))));
        }

        if (fallbacks > 0)
        {
            remarks.Add($"{fallbacks} matrices have rows that are no whole blocks of {type}; they are stored as F16.");
        }

        return tensors;
    }

    private delegate void PartReader(StoredPart part, int first, Span<float> rows);

    private static void ReadParts(StoredPart[] sources, int rowsOfPart, int width, long start, Span<float> values, PartReader read)
    {
        while (!values.IsEmpty)
        {
            int first = (int)(start % rowsOfPart);
            int count = Math.Min(rowsOfPart - first, values.Length / width);
            read(sources[(int)(start / rowsOfPart)], first, values[..(count * width)]);
            values = values[(count * width)..];
            start += count;
        }
    }

    private static GgufTensorType TypeOf(string stored, int[] shape, GgufTensorType type) =>
        shape.Length == 1 || stored is "position_embd.weight" || stored.EndsWith("ffn_gate_inp.weight", StringComparison.Ordinal)
            ? GgufTensorType.F32
            : type == GgufTensorType.Q4_0 && TokenTables.Contains(stored) ? GgufTensorType.Q8_0 : type;

    // The numbers by which other programs name what most of a file is stored as.
    private static uint FileType(GgufTensorType type) => type switch
    {
        GgufTensorType.F16 => 1,
        GgufTensorType.Q4_0 => 2,
        GgufTensorType.Q8_0 => 7,
        GgufTensorType.BF16 => 32,
        _ => 0,
    };

    private static InvalidInputException NoName(PretrainedModel model, string name) =>
        new("no-gguf-word", $"GGUF files of this architecture have no tensor for the model's '{name}'.")
        {
            File = model.Folder,
            Found = name,
            Expected = $"the tensors of {model.Architecture.ModelType} models as published",
        };

    private sealed class Share(IProgress<double> progress, int count) : IProgress<int>
    {
        public void Report(int value) => progress.Report((double)value / count);
    }

    /// <summary>A tensor of the model in the form that the file has: order of rows, transposition, offset.</summary>
    private sealed class StoredPart
    {
        private readonly PretrainedModel model;
        private readonly string source;
        private readonly GgufTensorName name;
        private readonly int[]? order;
        private readonly QuantizedCheckpoint? quantized;
        private float[]? whole;

        public StoredPart(PretrainedModel model, GgufLayout layout, GgufTensorName name, Parameter parameter)
        {
            this.model = model;
            this.name = name;
            source = model.StoredName(parameter);
            var info = model.Checkpoint.Tensors[source];
            IsTransposed = name is { IsWeight: true, Rule.IsTransposed: true } && info.Shape.Count == 2;
            Shape = IsTransposed ? [.. info.Shape.Reverse()] : name.Rule.IsRow ? [.. info.Shape.Skip(1)] : [.. info.Shape];
            quantized = model.Checkpoint as QuantizedCheckpoint;
            StepBits = IsTransposed ? null : quantized?.StepBits(source);
            StoredType = StepBits is { } bits ? (bits == 8 ? GgufTensorType.Q8_0 : GgufTensorType.Q4_0) : info.DataType switch
            {
                TensorDataType.F16 => GgufTensorType.F16,
                TensorDataType.BF16 => GgufTensorType.BF16,
                _ => GgufTensorType.F32,
            };
            if (layout.RowOrder(name.Rule, Shape[0]) is { } rows)
            {
                order = new int[rows.Length];
                for (int row = 0; row < rows.Length; row++)
                {
                    order[rows[row]] = row;
                }
            }
        }

        public int[] Shape { get; }

        public GgufTensorType StoredType { get; }

        /// <summary>Bits of the steps that the values are rounded to already; null where they are not.</summary>
        public int? StepBits { get; }

        private bool IsTransposed { get; }

        public void Read(int start, Span<float> values)
        {
            int width = Shape.Length == 1 ? 1 : Shape[^1];
            int count = values.Length / width;
            if (name.Rule.IsRow)
            {
                model.Checkpoint.Read(source, values);
            }
            else if (IsTransposed || (order is not null && Shape.Length == 1))
            {
                ReadFromWhole(start, width, values);
            }
            else if (order is null)
            {
                model.Checkpoint.ReadRows(source, start, count, values);
            }
            else
            {
                for (int row = 0; row < count; row++)
                {
                    model.Checkpoint.ReadRows(source, order[start + row], 1, values.Slice(row * width, width));
                }
            }

            FiniteCheck.Run(values, source, model.Checkpoint.FileOf(source));
            if (name.IsWeight && name.Rule.Offset != 0)
            {
                foreach (ref float value in values)
                {
                    value += name.Rule.Offset;
                }
            }
        }

        /// <summary>The scales of the pieces of rows.</summary>
        public void ReadScales(int start, int width, Span<float> scales)
        {
            int pieces = Shape[^1] / width;
            for (int row = 0; row < scales.Length / pieces; row++)
            {
                quantized!.ReadScales(source, order?[start + row] ?? (start + row), width, scales.Slice(row * pieces, pieces));
            }
        }

        private void ReadFromWhole(int start, int width, Span<float> values)
        {
            if (whole is null)
            {
                whole = new float[model.Checkpoint.Tensors[source].ElementCount];
                model.Checkpoint.Read(source, whole);
            }

            int rows = Shape[0];
            for (int i = 0; i < values.Length; i++)
            {
                int row = start + (i / width);
                row = order?[row] ?? row;
                values[i] = whole[IsTransposed ? (i % width * rows) + row : row];
            }

            if (start + (values.Length / width) == rows)
            {
                whole = null;
            }
        }
    }
}
