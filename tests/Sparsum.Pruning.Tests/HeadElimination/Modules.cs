using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Tests.HeadElimination;

/// <summary>Small layers with random values.</summary>
internal static class Modules
{
    /// <summary>A module whose width need not be heads times head size.</summary>
    public static AttentionLayer Attention(int heads, int headSize, int hidden, bool hasBias = true, bool isCausal = false) => new()
    {
        Query = Linear("q", heads * headSize, hidden, hasBias, 1),
        Key = Linear("k", heads * headSize, hidden, hasBias, 3),
        Value = Linear("v", heads * headSize, hidden, hasBias, 5),
        Output = Linear("o", hidden, heads * headSize, hasBias, 7),
        HeadCount = heads,
        KeyValueHeadCount = heads,
        HeadSize = headSize,
        Scale = 1 / MathF.Sqrt(headSize),
        IsCausal = isCausal,
    };

    /// <summary>A module whose query heads share key/value heads.</summary>
    public static AttentionLayer Grouped(int heads, int keyValueHeads, int headSize, int hidden) => new()
    {
        Query = Linear("q", heads * headSize, hidden, true, 1),
        Key = Linear("k", keyValueHeads * headSize, hidden, true, 3),
        Value = Linear("v", keyValueHeads * headSize, hidden, true, 5),
        Output = Linear("o", hidden, heads * headSize, true, 7),
        HeadCount = heads,
        KeyValueHeadCount = keyValueHeads,
        HeadSize = headSize,
        Scale = 1 / MathF.Sqrt(headSize),
    };

    public static FeedForwardLayer FeedForward(int hidden, int intermediate, bool isGated = false) => new()
    {
        Gate = isGated ? Linear("gate", intermediate, hidden, true, 9) : null,
        Up = Linear("up", intermediate, hidden, true, 11),
        Down = Linear("down", hidden, intermediate, true, 13),
        Activation = Activation.Relu,
    };

    public static Linear Linear(string name, int rows, int columns, bool hasBias, int seed)
    {
        var weight = new Parameter($"{name}.weight", rows, columns);
        weight.Set(Numbers.Random(seed, rows, columns));
        if (!hasBias)
        {
            return new Linear(weight);
        }

        var bias = new Parameter($"{name}.bias", rows);
        bias.Set(Numbers.Random(seed + 1, rows));
        return new Linear(weight, bias);
    }

    /// <summary>Makes a head's query, key and value weights and its query bias those of another; other biases stay.</summary>
    public static void Duplicate(AttentionLayer attention, int source, int target)
    {
        int size = attention.HeadSize;
        foreach (var linear in new[] { attention.Query, attention.Key, attention.Value })
        {
            for (int r = 0; r < size; r++)
            {
                linear.Weight.Value.Row((source * size) + r).CopyTo(linear.Weight.Value.Row((target * size) + r));
            }
        }

        if (attention.Query.Bias is { } bias)
        {
            bias.Value.Span.Slice(source * size, size).CopyTo(bias.Value.Span[(target * size)..]);
        }
    }

    /// <summary>Two sequences of five tokens through the module.</summary>
    public static float[] Run(AttentionLayer attention, IBackend backend)
    {
        using var computation = new Computation(backend);
        using var input = Numbers.Random(21, 10, attention.Query.InputSize);
        var pass = new ForwardPass { Computation = computation, Batch = 2, Length = 5, Positions = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4] };
        using var output = attention.Forward(pass, input, 0);
        return output.ToArray();
    }

    /// <summary>Five tokens through the layer.</summary>
    public static float[] Run(FeedForwardLayer layer, IBackend backend)
    {
        using var computation = new Computation(backend);
        using var input = Numbers.Random(22, 5, layer.Up.InputSize);
        var pass = new ForwardPass { Computation = computation, Batch = 1, Length = 5, Positions = [0, 1, 2, 3, 4] };
        using var output = layer.Forward(pass, input);
        return output.ToArray();
    }
}
