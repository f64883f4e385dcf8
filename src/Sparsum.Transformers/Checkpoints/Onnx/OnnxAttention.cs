using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>Self-attention in operators of ONNX, with as many heads as the layer has.</summary>
internal static class OnnxAttention
{
    /// <summary>Attention of <c>[batch, tokens, hidden]</c>; with a cache, the keys and values of the block come in and go out.</summary>
    public static string Attention(this OnnxPass pass, AttentionLayer layer, string input, int block)
    {
        var graph = pass.Graph;
        string query = Heads(graph, layer.Query, layer.QueryNorm, input, layer.HeadCount, layer.HeadSize);
        string key = Heads(graph, layer.Key, layer.KeyNorm, input, layer.KeyValueHeadCount, layer.HeadSize);
        string value = Heads(graph, layer.Value, null, input, layer.KeyValueHeadCount, layer.HeadSize);
        if (layer.Rotary is { } rotary)
        {
            var (cosines, sines) = pass.Rotation(rotary);
            query = Rotate(graph, rotary, query, cosines, sines, layer.HeadSize);
            key = Rotate(graph, rotary, key, cosines, sines, layer.HeadSize);
        }

        if (pass.HasCache)
        {
            key = Cache(pass, layer, key, FormattableString.Invariant($"{block}.key"));
            value = Cache(pass, layer, value, FormattableString.Invariant($"{block}.value"));
        }

        // The heads that share a key stand behind each other, so that their queries are rows of one product.
        int groups = layer.KeyValueHeadCount;
        query = graph.Add("Mul", [query, graph.Number(layer.Scale)]);
        string scores = graph.Add("MatMul", [Group(query, layer.HeadSize), graph.Add("Transpose", [key], Order(0, 1, 3, 2))]);
        scores = layer.GroupSize == 1 ? scores : graph.Add("Reshape", [scores, graph.Integers(0, layer.HeadCount, -1, 0)]);
        scores = graph.SoftCap(layer.SoftCap, scores);
        if (layer.KeySlopes is { } slopes)
        {
            float[] kept = [.. layer.KeptHeads.Select(head => slopes[head])];
            scores = graph.Add("Add", [scores, graph.Add("Mul", [pass.KeyPlaces(), graph.Numbers(kept, kept.Length, 1, 1)])]);
        }

        // A finite number: a query that may see no key at all attends to every key alike.
        string masked = graph.Add("Where", [pass.Mask(layer), scores, graph.Number(float.MinValue)]);
        string probabilities = graph.Add("Softmax", [masked], new OnnxAttribute("axis", -1));
        if (layer.GroupSize > 1)
        {
            probabilities = graph.Add("Reshape", [probabilities, graph.Integers(0, groups, -1, 0)]);
        }

        string context = graph.Add("MatMul", [probabilities, value]);
        context = layer.GroupSize == 1 ? context : graph.Add("Reshape", [context, graph.Integers(0, layer.HeadCount, -1, layer.HeadSize)]);
        string rows = graph.Add("Reshape", [graph.Add("Transpose", [context], Order(0, 2, 1, 3)), graph.Integers(0, 0, layer.HeadCount * layer.HeadSize)]);
        return graph.Linear(layer.Output, rows);

        string Group(string heads, int width) => layer.GroupSize == 1 ? heads : graph.Add("Reshape", [heads, graph.Integers(0, groups, -1, width)]);
    }

    private static OnnxAttribute Order(params int[] axes) => new("perm", axes);

    /// <summary>A projection as <c>[batch, heads, tokens, width]</c>.</summary>
    private static string Heads(OnnxGraph graph, Linear layer, Normalization? norm, string input, int count, int width)
    {
        string rows = graph.Linear(layer, input);
        bool isPerHead = norm is not null && norm.Size == width;
        rows = isPerHead ? rows : graph.Normalize(norm, rows);
        string heads = graph.Add("Reshape", [rows, graph.Integers(0, 0, count, width)]);
        return graph.Add("Transpose", [isPerHead ? graph.Normalize(norm, heads) : heads], Order(0, 2, 1, 3));
    }

    private static string Cache(OnnxPass pass, AttentionLayer layer, string current, string name)
    {
        string past = pass.Graph.Input($"past_key_values.{name}", OnnxType.Float, OnnxPass.Batch, layer.KeyValueHeadCount, OnnxPass.Past, layer.HeadSize);
        string all = pass.Graph.Add("Concat", [past, current], new OnnxAttribute("axis", 2));
        pass.Graph.Output($"present.{name}", all, OnnxType.Float, OnnxPass.Batch, layer.KeyValueHeadCount, OnnxPass.Total, layer.HeadSize);
        return all;
    }

    /// <summary>Turns pairs of features by the angle of their position (Su et al., RoFormer, eq. 34); the rest of a head passes unchanged.</summary>
    private static string Rotate(OnnxGraph graph, RotaryEmbedding rotary, string heads, string cosines, string sines, int headSize)
    {
        int half = rotary.Size / 2;
        string? rest = null;
        if (rotary.Size < headSize)
        {
            string[] parts = graph.Split("Split", 2, [heads, graph.Integers(rotary.Size, headSize - rotary.Size)], Axis(-1));
            (heads, rest) = (parts[0], parts[1]);
        }

        if (rotary.IsInterleaved)
        {
            heads = graph.Add("Reshape", [heads, graph.Integers(0, 0, -1, half, 2)]);
            (cosines, sines) = (graph.Add("Unsqueeze", [cosines, graph.Integers(-1)]), graph.Add("Unsqueeze", [sines, graph.Integers(-1)]));
        }

        int size = rotary.IsInterleaved ? 1 : half;
        string[] pair = graph.Split("Split", 2, [heads, graph.Integers(size, size)], Axis(-1));
        string first = graph.Add("Sub", [Times(pair[0], cosines), Times(pair[1], sines)]);
        string second = graph.Add("Add", [Times(pair[1], cosines), Times(pair[0], sines)]);
        if (!rotary.IsInterleaved)
        {
            return graph.Add("Concat", rest is null ? [first, second] : [first, second, rest], Axis(-1));
        }

        string turned = graph.Add("Reshape", [graph.Add("Concat", [first, second], Axis(-1)), graph.Integers(0, 0, -1, rotary.Size)]);
        return rest is null ? turned : graph.Add("Concat", [turned, rest], Axis(-1));

        OnnxAttribute Axis(int axis) => new("axis", axis);
        string Times(string left, string right) => graph.Add("Mul", [left, right]);
    }
}
