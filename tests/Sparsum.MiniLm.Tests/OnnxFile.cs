using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Sparsum.MiniLm.Tests;

/// <summary>The float32 weights of an exported BERT, under the names of the checkpoint that it was made from.</summary>
internal static class OnnxFile
{
    private sealed record Weight(string Name, int[] Shape, float[] Values);

    private sealed record Operation(string Kind, string[] Inputs, string[] Outputs);

    /// <summary>
    /// Reads the weights. A matrix whose name the export has lost stands transposed in a product, to which the bias of its layer is added.
    /// </summary>
    public static IEnumerable<(string Name, int[] Shape, float[] Values)> Read(byte[] model)
    {
        var graph = Parts(model, 7).Single();
        var weights = Parts(graph, 5).Select(ReadWeight).OfType<Weight>().ToDictionary(weight => weight.Name);
        var operations = Parts(graph, 1).Select(ReadOperation).ToArray();
        foreach (var product in operations.Where(operation => operation.Kind == "MatMul" && weights.ContainsKey(operation.Inputs[1])))
        {
            var sum = operations.Single(operation => operation.Kind == "Add" && operation.Inputs.Contains(product.Outputs[0]));
            string bias = sum.Inputs.Single(weights.ContainsKey);
            weights.Remove(product.Inputs[1], out var weight);
            int inputs = weight!.Shape[0];
            int outputs = weight.Shape[1];
            float[] turned = [.. Enumerable.Range(0, inputs * outputs).Select(i => weight.Values[(i % inputs * outputs) + (i / inputs)])];
            yield return (bias.Replace(".bias", ".weight", StringComparison.Ordinal), [outputs, inputs], turned);
        }

        foreach (var weight in weights.Values)
        {
            yield return (weight.Name, weight.Shape, weight.Values);
        }
    }

    private static Weight? ReadWeight(byte[] message)
    {
        int[] shape = [.. Numbers(message, 1).Select(size => checked((int)size))];
        byte[]? raw = Parts(message, 9).SingleOrDefault();
        return Numbers(message, 2).Single() == 1 && raw is not null
            ? new Weight(Texts(message, 8).Single(), shape, MemoryMarshal.Cast<byte, float>(raw).ToArray())
            : null;
    }

    private static Operation ReadOperation(byte[] message) => new(Texts(message, 4).Single(), Texts(message, 1), Texts(message, 2));

    private static string[] Texts(byte[] message, int field) => [.. Parts(message, field).Select(bytes => System.Text.Encoding.UTF8.GetString(bytes))];

    private static List<byte[]> Parts(byte[] message, int field)
    {
        var parts = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                parts.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return parts;
    }

    private static List<long> Numbers(byte[] message, int field)
    {
        var numbers = new List<long>();
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint)
            {
                numbers.Add(input.ReadInt64());
            }
            else if (WireFormat.GetTagFieldNumber(tag) == field)
            {
                // Packed.
                var packed = new CodedInputStream(input.ReadBytes().ToByteArray());
                while (!packed.IsAtEnd)
                {
                    numbers.Add(packed.ReadInt64());
                }
            }
            else
            {
                input.SkipLastField();
            }
        }

        return numbers;
    }
}
