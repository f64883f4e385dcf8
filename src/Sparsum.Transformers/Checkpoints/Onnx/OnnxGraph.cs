using System.Runtime.InteropServices;
using Sparsum.Core;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>
/// Builds a graph of standard operators (<c>GraphProto</c> of the public onnx.proto). Values are known by their names; constants and weights that
/// are asked for twice are there once.
/// </summary>
/// <param name="typeOf">How a parameter's elements are stored.</param>
internal sealed class OnnxGraph(Func<Parameter, OnnxType> typeOf)
{
    /// <summary>The version of the operators; the first with layer norms.</summary>
    public const int Opset = 17;

    /// <summary>The version of the format that came with it.</summary>
    private const int FormatVersion = 8;

    private readonly List<OnnxNode> nodes = [];
    private readonly Dictionary<string, int> names = [];
    private readonly Dictionary<string, (string Name, ProtobufMessage Message)> constants = [];
    private readonly Dictionary<(Parameter, bool), string> weightValues = [];
    private readonly List<OnnxWeight> weights = [];
    private readonly List<(string Name, ProtobufMessage Message)> inputs = [];
    private readonly List<(string Name, ProtobufMessage Message)> outputs = [];

    /// <summary>What the names of new nodes begin with.</summary>
    public string Scope { get; set; } = "";

    public IReadOnlyList<OnnxWeight> Weights => weights;

    public IEnumerable<string> Inputs => inputs.Select(input => input.Name);

    public IEnumerable<string> Outputs => outputs.Select(output => output.Name);

    public int NodeCount => nodes.Count;

    /// <summary>Declares an input; dimensions are numbers, or names of those that a call decides.</summary>
    public string Input(string name, OnnxType type, params object[] shape)
    {
        inputs.Add((name, Value(name, type, shape)));
        return name;
    }

    /// <summary>Gives a value to the outside.</summary>
    public void Output(string name, string value, OnnxType type, params object[] shape)
    {
        nodes.Add(new OnnxNode("Identity", $"/{name}", [value], [name], []));
        outputs.Add((name, Value(name, type, shape)));
    }

    /// <summary>Adds an operation with one result, and returns that.</summary>
    public string Add(string type, IReadOnlyList<string> arguments, params OnnxAttribute[] attributes) => Split(type, 1, arguments, attributes)[0];

    /// <summary>Adds an operation with several results.</summary>
    public string[] Split(string type, int count, IReadOnlyList<string> arguments, params OnnxAttribute[] attributes)
    {
        string name = $"{Scope}/{type}";
        int number = names[name] = names.GetValueOrDefault(name) + 1;
        name = number == 1 ? name : FormattableString.Invariant($"{name}_{number}");
        string[] results = [.. Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{name}_output_{i}"))];
        nodes.Add(new OnnxNode(type, name, arguments, results, attributes));
        return results;
    }

    /// <summary>A parameter, as float32 numbers whatever it is stored as; transposed, if it should be <c>[in, out]</c>.</summary>
    public string Weight(Parameter parameter, bool isTransposed = false)
    {
        if (!weightValues.TryGetValue((parameter, isTransposed), out string? value))
        {
            var weight = new OnnxWeight(parameter, typeOf(parameter), isTransposed);
            weights.Add(weight);
            value = weight.Type == OnnxType.Float ? weight.Name : Add("Cast", [weight.Name], new OnnxAttribute("to", (int)OnnxType.Float));
            weightValues.Add((parameter, isTransposed), value);
        }

        return value;
    }

    /// <summary>A list of integers.</summary>
    public string Integers(params long[] values) => Constant(OnnxType.Int64, [values.Length], MemoryMarshal.AsBytes<long>(values));

    /// <summary>An integer without a dimension.</summary>
    public string Integer(long value) => Constant(OnnxType.Int64, [], MemoryMarshal.AsBytes([value]));

    /// <summary>A number without a dimension.</summary>
    public string Number(float value) => Constant(OnnxType.Float, [], MemoryMarshal.AsBytes([value]));

    /// <summary>Numbers of any shape.</summary>
    public string Numbers(ReadOnlySpan<float> values, params int[] shape) => Constant(OnnxType.Float, shape, MemoryMarshal.AsBytes(values));

    /// <summary>The file: the graph and, for each weight, what tells where its values are.</summary>
    public byte[] Encode(string name, string version, Func<OnnxWeight, ProtobufMessage> locate)
    {
        var graph = new ProtobufMessage();
        foreach (var node in nodes)
        {
            graph.Message(1, node.Encode());
        }

        graph.Text(2, name);
        foreach (var constant in constants.Values.Select(constant => constant.Message).Concat(weights.Select(locate)))
        {
            graph.Message(5, constant);
        }

        foreach (var (_, message) in inputs)
        {
            graph.Message(11, message);
        }

        foreach (var (_, message) in outputs)
        {
            graph.Message(12, message);
        }

        return new ProtobufMessage()
            .Integer(1, FormatVersion)
            .Text(2, "sparsum")
            .Text(3, version)
            .Message(7, graph)
            .Message(8, new ProtobufMessage().Text(1, "").Integer(2, Opset))
            .Encoded.ToArray();
    }

    /// <summary>The part of a tensor (<c>TensorProto</c>) that says what it is.</summary>
    public static ProtobufMessage Describe(string name, OnnxType type, IEnumerable<int> shape)
    {
        var message = new ProtobufMessage();
        foreach (int size in shape)
        {
            message.Integer(1, size);
        }

        return message.Integer(2, (int)type).Text(8, name);
    }

    private string Constant(OnnxType type, int[] shape, ReadOnlySpan<byte> bytes)
    {
        string content = $"{type}[{string.Join(',', shape)}]{Convert.ToHexString(bytes)}";
        if (!constants.TryGetValue(content, out var constant))
        {
            string name = FormattableString.Invariant($"/constant_{constants.Count}");
            constants.Add(content, constant = (name, Describe(name, type, shape).Bytes(9, bytes)));
        }

        return constant.Name;
    }

    private static ProtobufMessage Value(string name, OnnxType type, object[] shape)
    {
        var dimensions = new ProtobufMessage();
        foreach (object size in shape)
        {
            dimensions.Message(1, size is int number ? new ProtobufMessage().Integer(1, number) : new ProtobufMessage().Text(2, (string)size));
        }

        var tensor = new ProtobufMessage().Integer(1, (int)type).Message(2, dimensions);
        return new ProtobufMessage().Text(1, name).Message(2, new ProtobufMessage().Message(1, tensor));
    }
}
