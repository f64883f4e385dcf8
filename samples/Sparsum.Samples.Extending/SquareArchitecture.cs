using System.Text.Json.Serialization;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Samples.Extending;

/// <summary>
/// A family that no library knows, built from public parts alone: linear biases for positions, an MLP with a sigmoid gate beside the
/// attention, queries, keys and values in one stored tensor.
/// </summary>
public sealed class SquareArchitecture() : Architecture<SquareConfig>("square", "SquareForCausalLM", "body.", SquareJson.Default.SquareConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(SquareConfig config)
    {
        ConfigCheck.Sizes(("vocab_size", config.VocabSize), ("width", config.Width), ("depth", config.Depth), ("heads", config.Heads));
        ConfigCheck.Divisible("width", config.Width, "heads", config.Heads);
        var root = new ParameterScope();
        var body = root["body"];
        var words = body.TokenEmbedding("words", config.VocabSize, config.Width, config.TieWordEmbeddings, "head");
        return new CausalLanguageModel
        {
            TokenEmbedding = words,
            Blocks = [.. Enumerable.Range(0, config.Depth).Select(i => Block(body["blocks"][i], i, config))],
            FinalNorm = body.LayerNorm("norm", config.Width, config.Epsilon),
            Head = root.Head("head", words, config.Width, config.TieWordEmbeddings),
            HiddenSize = config.Width,
            MaxPositions = 64,
        };
    }

    private static TransformerBlock Block(ParameterScope scope, int index, SquareConfig config)
    {
        int width = config.Width;
        var parts = scope.FusedRows("qkv", width, hasBias: true, ("query", width), ("key", width), ("value", width));
        var attention = new AttentionLayer
        {
            Query = parts[0],
            Key = parts[1],
            Value = parts[2],
            Output = scope.Linear("out", width, width, hasBias: true),
            HeadCount = config.Heads,
            KeyValueHeadCount = config.Heads,
            HeadSize = width / config.Heads,
            Scale = 1 / MathF.Sqrt(width / config.Heads),
            KeySlopes = [.. Enumerable.Range(1, config.Heads).Select(head => 1f / head)],
            IsCausal = true,
        };
        var feedForward = new FeedForwardLayer
        {
            Gate = scope.Linear("gate", 2 * width, width, hasBias: false),
            Up = scope.Linear("up", 2 * width, width, hasBias: false),
            Down = scope.Linear("down", width, 2 * width, hasBias: false),
            Activation = Activation.Sigmoid,
        };
        var norm = scope.LayerNorm("norm", width, config.Epsilon);
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.Parallel,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = norm,
            FeedForwardNorm = norm,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }
}

/// <summary>Configuration of <see cref="SquareArchitecture"/>.</summary>
public sealed record SquareConfig : ModelConfig
{
    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int Width { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int Depth { get; init; }

    /// <summary>Heads.</summary>
    [JsonRequired]
    public int Heads { get; init; }

    /// <summary>Epsilon of every norm.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <inheritdoc/>
    public override double InitializerStd() => 0.1;
}

/// <summary>The contract of the configuration.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SquareConfig))]
public sealed partial class SquareJson : JsonSerializerContext;
