using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>The layers that are the same in every family, in operators of ONNX; values are <c>[batch, tokens, features]</c>.</summary>
internal static class OnnxLayers
{
    /// <summary><c>x · Wᵀ + b</c>, then the activation.</summary>
    public static string Linear(
        this OnnxGraph graph, Linear layer, string input, Activation activation = Activation.Identity) => graph.Within(Path(layer.Name), () =>
    {
        string read = layer.Inputs is null ? input : graph.Features(input, layer.Inputs);
        string result = graph.Add("MatMul", [read, graph.Weight(layer.Weight, isTransposed: true)]);
        result = layer.Outputs is null ? result : graph.Spread(result, layer.Outputs, layer.Weight.OriginalShape[0]);
        result = layer.Bias is null ? result : graph.Add("Add", [result, graph.Weight(layer.Bias)]);
        return graph.Activate(activation, result);
    });

    /// <summary>A head that shares its matrix with the embeddings: the table is there once, as <c>[vocabulary, features]</c>.</summary>
    public static string TiedLinear(this OnnxGraph graph, Linear layer, string input) => graph.Within(Path(layer.Name), () =>
    {
        string[] operands = [graph.Add("Reshape", [input, graph.Integers(-1, layer.InputSize)]), graph.Weight(layer.Weight)];
        string flat = graph.Add("Gemm", layer.Bias is null ? operands : [.. operands, graph.Weight(layer.Bias)], new OnnxAttribute("transB", 1));
        string tokens = graph.Add("Shape", [input], new OnnxAttribute("start", 0), new OnnxAttribute("end", 2));
        return graph.Add("Reshape", [flat, graph.Add("Concat", [tokens, graph.Integers(layer.OutputSize)], new OnnxAttribute("axis", 0))]);
    });

    /// <summary>Layer norm or RMS norm over the last dimension.</summary>
    public static string Normalize(this OnnxGraph graph, Normalization? norm, string input) => norm is null ? input : graph.Within(Path(norm.Scale.Name), () =>
    {
        string read = norm.Features is null ? input : graph.Features(input, norm.Features);
        string scale = graph.Weight(norm.Scale);
        scale = norm.HasUnitOffset ? graph.Add("Add", [scale, graph.Number(1)]) : scale;
        string result = norm.IsRms
            ? graph.Add("Mul", [RootMeanSquare(graph, norm, read), scale])
            : graph.Add(
                "LayerNormalization",
                norm.Shift is null ? [read, scale] : [read, scale, graph.Weight(norm.Shift)],
                new OnnxAttribute("axis", -1),
                new OnnxAttribute("epsilon", norm.Epsilon));
        return norm.Features is null ? result : graph.Spread(result, norm.Features, norm.Scale.OriginalShape[0]);
    });

    /// <summary>An activation, in the form that ONNX Runtime knows how to fuse.</summary>
    public static string Activate(this OnnxGraph graph, Activation activation, string x)
    {
        switch (activation)
        {
            case Activation.Identity:
                return x;
            case Activation.Relu:
                return graph.Add("Relu", [x]);
            case Activation.Tanh:
                return graph.Add("Tanh", [x]);
            case Activation.Sigmoid:
                return graph.Add("Sigmoid", [x]);
            case Activation.Silu:
                return graph.Add("Mul", [x, graph.Add("Sigmoid", [x])]);
            case Activation.GeluErf:
                string erf = graph.Add("Erf", [graph.Add("Div", [x, graph.Number(MathF.Sqrt(2))])]);
                return graph.Add("Mul", [graph.Add("Mul", [x, graph.Add("Add", [erf, graph.Number(1)])]), graph.Number(0.5f)]);
            case Activation.GeluTanh:
                string cube = graph.Add("Mul", [graph.Add("Pow", [x, graph.Number(3)]), graph.Number(0.044715f)]);
                string inner = graph.Add("Mul", [graph.Add("Add", [x, cube]), graph.Number(MathF.Sqrt(2 / MathF.PI))]);
                string curve = graph.Add("Add", [graph.Add("Tanh", [inner]), graph.Number(1)]);
                return graph.Add("Mul", [graph.Add("Mul", [x, graph.Number(0.5f)]), curve]);
            default:
                throw new InvalidOperationException($"Unknown activation {activation}.");
        }
    }

    /// <summary>The MLP of a block.</summary>
    public static string FeedForward(this OnnxGraph graph, FeedForwardLayer layer, string input)
    {
        string inner = layer.Gate is null
            ? graph.Linear(layer.Up, input, layer.Activation)
            : graph.Add("Mul", [graph.Linear(layer.Gate, input, layer.Activation), graph.Linear(layer.Up, input)]);
        return graph.Linear(layer.Down, inner);
    }

    /// <summary>Bounds values: <c>cap * tanh(x / cap)</c>.</summary>
    public static string SoftCap(this OnnxGraph graph, float? cap, string x) => cap is not { } bound
        ? x
        : graph.Add("Mul", [graph.Add("Tanh", [graph.Add("Div", [x, graph.Number(bound)])]), graph.Number(bound)]);

    /// <summary>Has what is added within named by where it is in the model.</summary>
    public static T Within<T>(this OnnxGraph graph, string scope, Func<T> add)
    {
        string outer = graph.Scope;
        graph.Scope = scope;
        var result = add();
        graph.Scope = outer;
        return result;
    }

    private static string Path(string name) => $"/{(name.EndsWith(".weight", StringComparison.Ordinal) ? name[..^7] : name).Replace('.', '/')}";

    private static string RootMeanSquare(OnnxGraph graph, Normalization norm, string x)
    {
        string mean = graph.Add("ReduceMean", [graph.Add("Mul", [x, x])], new OnnxAttribute("axes", new[] { -1 }));
        return graph.Add("Div", [x, graph.Add("Sqrt", [graph.Add("Add", [mean, graph.Number(norm.Epsilon)])])]);
    }

    /// <summary>Some features of the last dimension.</summary>
    private static string Features(this OnnxGraph graph, string input, IReadOnlyList<int> features) =>
        graph.Add("Gather", [input, graph.Integers([.. features.Select(feature => (long)feature)])], new OnnxAttribute("axis", -1));

    /// <summary>The way back: a whole width, zeros where no feature is. Every feature that is not there looks at one zero behind the others.</summary>
    private static string Spread(this OnnxGraph graph, string input, IReadOnlyList<int> features, int width)
    {
        int[] places = new int[width];
        Array.Fill(places, features.Count);
        for (int i = 0; i < features.Count; i++)
        {
            places[features[i]] = i;
        }

        return graph.Features(graph.Add("Pad", [input, graph.Integers(0, 0, 0, 0, 0, 1)]), places);
    }
}
