using System.Runtime.InteropServices;
using System.Text;

namespace Sparsum.MiniLm;

/// <summary>
/// The float32 weights in an ONNX file, by the names that they had before the export. Of the format no more is read than that takes: the
/// initialisers, and the products and sums that say what a matrix without a name is.
/// </summary>
internal sealed class OnnxWeights
{
    private const int Float32 = 1;
    private const ulong Graph = 7;
    private const ulong Node = 1;
    private const ulong Initializer = 5;
    private readonly byte[] file;
    private readonly List<(string Type, List<string> Inputs, List<string> Outputs)> nodes = [];
    private readonly Dictionary<string, (int[] Shape, Range Bytes)> tensors = [];

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <exception cref="InvalidDataException">They are no ONNX model.</exception>
    public OnnxWeights(byte[] file)
    {
        this.file = file;
        foreach (var (field, bytes, _) in Fields(0..file.Length).Where(entry => entry.Field == Graph))
        {
            foreach (var part in Fields(bytes))
            {
                if (part.Field == Node)
                {
                    ReadNode(part.Bytes);
                }
                else if (part.Field == Initializer)
                {
                    ReadTensor(part.Bytes);
                }
            }
        }
    }

    /// <summary>
    /// Every weight. A matrix that the export has turned round and left without a name is turned back, and named after the bias that is added
    /// to its product.
    /// </summary>
    public IEnumerable<(string Name, int[] Shape, float[] Values)> Named()
    {
        var matrices = new Dictionary<string, string>();
        foreach (var (_, inputs, outputs) in nodes.Where(node => node.Type == "MatMul" && tensors.ContainsKey(node.Inputs[1])))
        {
            var (_, addends, _) = nodes.Single(node => node.Type == "Add" && node.Inputs.Contains(outputs[0]));
            string bias = addends.Single(addend => addend != outputs[0]);
            matrices.Add(inputs[1], bias[..^".bias".Length] + ".weight");
        }

        foreach (var (name, (shape, bytes)) in tensors)
        {
            float[] values = MemoryMarshal.Cast<byte, float>(file.AsSpan(bytes)).ToArray();
            yield return matrices.TryGetValue(name, out string? original) ? (original, [shape[1], shape[0]], Turn(values, shape[0])) : (name, shape, values);
        }
    }

    private static float[] Turn(float[] values, int rows)
    {
        int columns = values.Length / rows;
        float[] turned = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            turned[(i % columns * rows) + (i / columns)] = values[i];
        }

        return turned;
    }

    private void ReadNode(Range bytes)
    {
        var node = (Type: "", Inputs: new List<string>(), Outputs: new List<string>());
        foreach (var (field, part, _) in Fields(bytes))
        {
            switch (field)
            {
                case 1:
                    node.Inputs.Add(Text(part));
                    break;
                case 2:
                    node.Outputs.Add(Text(part));
                    break;
                case 4:
                    node.Type = Text(part);
                    break;
            }
        }

        nodes.Add(node);
    }

    private void ReadTensor(Range bytes)
    {
        var shape = new List<int>();
        int type = 0;
        string name = "";
        Range raw = ..0;
        foreach (var (field, part, number) in Fields(bytes))
        {
            switch (field)
            {
                case 1:
                    shape.Add(checked((int)number));
                    break;
                case 2:
                    type = (int)number;
                    break;
                case 8:
                    name = Text(part);
                    break;
                case 9:
                    raw = part;
                    break;
            }
        }

        if (type != Float32)
        {
            return;
        }

        if (raw.GetOffsetAndLength(file.Length).Length != shape.Aggregate(sizeof(float), (product, size) => product * size))
        {
            throw new InvalidDataException($"'{name}' has not the bytes of its shape.");
        }

        tensors.Add(name, ([.. shape], raw));
    }

    private string Text(Range bytes) => Encoding.UTF8.GetString(file.AsSpan(bytes));

    /// <summary>The fields of a message: number, bytes of what has a length, and value of what is a number.</summary>
    private IEnumerable<(ulong Field, Range Bytes, ulong Number)> Fields(Range message)
    {
        (int at, int length) = message.GetOffsetAndLength(file.Length);
        int end = at + length;
        while (at < end)
        {
            ulong tag = ReadNumber(ref at);
            ulong number = 0;
            int size = (tag & 7) switch { 1 => 8, 5 => 4, _ => 0 };
            if ((tag & 7) == 0)
            {
                number = ReadNumber(ref at);
            }
            else if ((tag & 7) == 2)
            {
                size = checked((int)ReadNumber(ref at));
            }
            else if (size == 0)
            {
                throw new InvalidDataException("This is no ONNX model: it has a field of an unknown kind.");
            }

            if (size < 0 || size > end - at)
            {
                throw new InvalidDataException("This is no ONNX model: a field is longer than what holds it.");
            }

            yield return (tag >> 3, at..(at + size), number);
            at += size;
        }
    }

    private ulong ReadNumber(ref int at)
    {
        ulong number = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = at < file.Length ? file[at++] : throw new InvalidDataException("This is no ONNX model: it ends within a number.");
            number |= (ulong)(part & 127) << shift;
            if (part < 128)
            {
                return number;
            }
        }

        throw new InvalidDataException("This is no ONNX model: a number has too many bytes.");
    }
}
