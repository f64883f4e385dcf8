using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>What the layers of a graph share: tokens, mask, positions, and what follows from them once for all blocks.</summary>
internal sealed class OnnxPass
{
    public const string Batch = "batch_size";
    public const string Tokens = "sequence_length";
    public const string Past = "past_sequence_length";
    public const string Total = $"{Past} + {Tokens}";

    private readonly Dictionary<string, string> masks = [];
    private readonly Dictionary<RotaryEmbedding, (string Cosines, string Sines)> rotations = [];
    private readonly string keyCount;
    private readonly string firstPlace;
    private readonly string keyMask;
    private string? keyPlaces;

    public OnnxPass(OnnxGraph graph, TransformerModel model, bool hasCache)
    {
        Graph = graph;
        HasCache = hasCache;
        InputIds = graph.Input("input_ids", OnnxType.Int64, Batch, Tokens);
        AttentionMask = graph.Input("attention_mask", OnnxType.Int64, Batch, hasCache ? Total : Tokens);
        keyCount = Length(AttentionMask);
        firstPlace = graph.Add("Sub", [keyCount, Length(InputIds)]);
        keyMask = graph.Add("Unsqueeze", [graph.Add("Cast", [AttentionMask], To(OnnxType.Bool)), graph.Integers(1, 2)]);
        Positions = CreatePositions(model);
    }

    public OnnxGraph Graph { get; }

    /// <summary>Whether keys and values of earlier tokens come in and go out.</summary>
    public bool HasCache { get; }

    /// <summary><c>[batch, tokens]</c>.</summary>
    public string InputIds { get; }

    /// <summary><c>[batch, earlier and new tokens]</c>.</summary>
    public string AttentionMask { get; }

    /// <summary><c>[batch, tokens]</c> or <c>[1, tokens]</c>; null where no part asks for them.</summary>
    public string? Positions { get; }

    /// <summary>Which keys the queries of a layer see, <c>[batch, 1, queries, keys]</c>.</summary>
    public string Mask(AttentionLayer layer)
    {
        string kind = FormattableString.Invariant($"{layer.IsCausal} {layer.Window} {layer.LookAhead}");
        if (!masks.TryGetValue(kind, out string? mask))
        {
            masks.Add(kind, mask = Graph.Within("/mask", () => CreateMask(layer)));
        }

        return mask;
    }

    /// <summary>Cosines and sines of the tokens' positions, each <c>[batch, 1, tokens, half of the rotated features]</c>.</summary>
    public (string Cosines, string Sines) Rotation(RotaryEmbedding rotary)
    {
        if (!rotations.TryGetValue(rotary, out var rotation))
        {
            rotations.Add(rotary, rotation = Graph.Within("/rotary", () => CreateRotation(rotary)));
        }

        return rotation;
    }

    /// <summary>How many keys that may be seen stand before each key, <c>[batch, 1, 1, keys]</c> (ALiBi).</summary>
    public string KeyPlaces() => keyPlaces ??= Graph.Within("/places", () =>
    {
        string before = Graph.Add("Sub", [Graph.Add("CumSum", [AttentionMask, Graph.Integer(1)]), AttentionMask]);
        return Graph.Add("Unsqueeze", [Graph.Add("Cast", [before], To(OnnxType.Float)), Graph.Integers(1, 2)]);
    });

    /// <summary>Whether each token counts as one: it is not the padding token, or where there is none the mask shows it.</summary>
    public string IsToken(int? paddingToken) => paddingToken is { } padding
        ? Graph.Add("Not", [Graph.Add("Equal", [InputIds, Graph.Integer(padding)])])
        : Graph.Add("Cast", [AttentionMask], To(OnnxType.Bool));

    /// <summary>The places of the new tokens, <c>[tokens]</c>.</summary>
    public string Places() => Graph.Add("Range", [firstPlace, keyCount, Graph.Integer(1)]);

    public static OnnxAttribute To(OnnxType type) => new("to", (int)type);

    private string Length(string tokens) => Graph.Add(
        "Squeeze", [Graph.Add("Shape", [tokens], new OnnxAttribute("start", 1), new OnnxAttribute("end", 2)), Graph.Integers(0)]);

    private string CreateMask(AttentionLayer layer)
    {
        string keys = Graph.Add("Range", [Graph.Integer(0), keyCount, Graph.Integer(1)]);
        string places = Graph.Add("Unsqueeze", [Places(), Graph.Integers(1)]);
        string mask = keyMask;
        if ((layer.IsCausal ? 0 : layer.LookAhead) is { } ahead)
        {
            And(Graph.Add("LessOrEqual", [keys, Graph.Add("Add", [places, Graph.Integer(ahead)])]));
        }

        if (layer.Window is { } window)
        {
            And(Graph.Add("Greater", [keys, Graph.Add("Sub", [places, Graph.Integer(window)])]));
        }

        return mask;

        void And(string other) => mask = Graph.Add("And", [mask, other]);
    }

    private (string Cosines, string Sines) CreateRotation(RotaryEmbedding rotary)
    {
        string positions = Graph.Add("Unsqueeze", [Graph.Add("Cast", [Positions!], To(OnnxType.Float)), Graph.Integers(1, 3)]);
        string angles = Graph.Add("Mul", [positions, Frequencies(rotary)]);
        return (Scaled("Cos"), Scaled("Sin"));

        string Scaled(string function)
        {
            string value = Graph.Add(function, [angles]);
            return rotary.Scale == 1 ? value : Graph.Add("Mul", [value, Graph.Number(rotary.Scale)]);
        }
    }

    private string Frequencies(RotaryEmbedding rotary)
    {
        string frequencies = Constant(rotary.InverseFrequencies);
        if (rotary.Long is not { } stretched)
        {
            return frequencies;
        }

        // They are the same for every length beyond the border; others are refused before.
        string last = Graph.Add("ReduceMax", [Positions!], new OnnxAttribute("keepdims", 0));
        return Graph.Add(
            "Where", [Graph.Add("Less", [last, Graph.Integer(stretched.Beyond)]), frequencies, Constant(stretched.Frequencies(stretched.Beyond + 1))]);

        string Constant(ReadOnlySpan<double> values)
        {
            float[] rounded = [.. values.ToArray().Select(value => (float)value)];
            return Graph.Numbers(rounded, rounded.Length);
        }
    }

    private string? CreatePositions(TransformerModel model)
    {
        if (model.PositionEmbedding is null && model.Blocks.All(block => block.Attention.Rotary is null))
        {
            return null;
        }

        return Graph.Within("/positions", () => model.PositionRule switch
        {
            PositionRule.Sequential when model is DecoderModel => Graph.Input("position_ids", OnnxType.Int64, Batch, Tokens),
            PositionRule.Sequential => Graph.Add("Unsqueeze", [Places(), Graph.Integers(0)]),
            PositionRule.MaskCount => Graph.Add("Slice", [Count(AttentionMask), First(), Graph.Integers(long.MaxValue), Graph.Integers(1)]),
            PositionRule.TokenCount => Count(Graph.Add("Cast", [IsToken(model.PaddingToken)], To(OnnxType.Int64))),
            _ => throw new InvalidOperationException($"Unknown rule {model.PositionRule}."),
        });

        string First() => Graph.Add("Unsqueeze", [firstPlace, Graph.Integers(0)]);

        string Count(string ones) => Graph.Add(
            "Sub", [Graph.Add("Mul", [Graph.Add("CumSum", [ones, Graph.Integer(1)]), ones]), Graph.Integer(1)]);
    }
}
