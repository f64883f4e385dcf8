using System.Text;
using Microsoft.ML.OnnxRuntime;
using Sparsum.Tensors;

namespace Sparsum.Opponents;

/// <summary>
/// A linear layer in ONNX Runtime: float32, or what dynamic quantisation makes of it, inputs in unsigned and weights in signed or unsigned bytes
/// with one factor each.
/// </summary>
internal sealed class OnnxProduct : IDisposable
{
    private const int FloatType = 1;
    private const int UnsignedByteType = 2;
    private const int SignedByteType = 3;
    private readonly InferenceSession session;
    private readonly OrtValue input;
    private readonly OrtValue output;
    private readonly RunOptions options = new();

    /// <summary>Builds the model.</summary>
    public OnnxProduct(Tensor weight, Tensor input, OnnxWeight kind, int threads)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        session = new InferenceSession(Model(weight, input.RowCount, kind), settings);
        this.input = OrtValue.CreateTensorValueFromMemory(input.ToArray(), [input.RowCount, input.Columns]);
        Result = new float[input.RowCount * weight.RowCount];
        output = OrtValue.CreateTensorValueFromMemory(Result, [input.RowCount, weight.RowCount]);
    }

    /// <summary><c>[tokens, rows]</c>.</summary>
    public float[] Result { get; }

    /// <summary>Computes the product.</summary>
    public void Run() => session.Run(options, ["x"], [input], ["y"], [output]);

    /// <inheritdoc/>
    public void Dispose()
    {
        session.Dispose();
        input.Dispose();
        output.Dispose();
        options.Dispose();
    }

    private static byte[] Model(Tensor weight, int tokens, OnnxWeight kind)
    {
        bool isInt8 = kind != OnnxWeight.Single;
        var (type, zero) = kind == OnnxWeight.UnsignedBytes ? (UnsignedByteType, (byte)128) : (SignedByteType, (byte)0);
        var (rows, columns) = (weight.RowCount, weight.Columns);
        float largest = 0;
        foreach (float value in weight.Span)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        float scale = largest / 127;
        byte[] raw = new byte[(long)rows * columns * (isInt8 ? 1 : 4)];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float value = weight.Row(row)[column];
                int place = (column * rows) + row;
                if (isInt8)
                {
                    raw[place] = (byte)((sbyte)MathF.Round(value / scale) + zero);
                }
                else
                {
                    BitConverter.TryWriteBytes(raw.AsSpan(4 * place), value);
                }
            }
        }

        List<byte[]> graph = isInt8
            ?
            [
                Node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
                Node("MatMulInteger", ["xq", "w", "xz", "wz"], ["i"]),
                Node("Cast", ["i"], ["f"], Message(5, [.. Text(1, "to"), .. Number(20, 2), .. Number(3, FloatType)])),
                Node("Mul", ["xs", "ws"], ["s"]),
                Node("Mul", ["f", "s"], ["y"]),
                Initializer("w", type, [columns, rows], raw),
                Initializer("wz", type, [], [zero]),
                Initializer("ws", FloatType, [], BitConverter.GetBytes(scale)),
            ]
            : [Node("MatMul", ["x", "w"], ["y"]), Initializer("w", FloatType, [columns, rows], raw)];
        graph.Add(Text(2, "g"));
        graph.Add(Message(11, Value("x", tokens, columns)));
        graph.Add(Message(12, Value("y", tokens, rows)));
        return [.. Number(1, 8), .. Message(7, [.. graph.SelectMany(part => part)]), .. Message(8, [.. Text(1, ""), .. Number(2, 13)])];
    }

    private static byte[] Node(string type, string[] inputs, string[] outputs, byte[]? attribute = null) => Message(
        1,
        [.. inputs.SelectMany(name => Text(1, name)), .. outputs.SelectMany(name => Text(2, name)), .. Text(4, type), .. attribute ?? []]);

    private static byte[] Initializer(string name, int type, int[] shape, byte[] raw) => Message(
        5, [.. shape.SelectMany(size => Number(1, size)), .. Number(2, type), .. Text(8, name), .. Message(9, raw)]);

    private static byte[] Value(string name, int rows, int columns)
    {
        byte[] shape = [.. Message(1, Number(1, rows)), .. Message(1, Number(1, columns))];
        return [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, FloatType), .. Message(2, shape)]))];
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content) => [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Varint((ulong)(field << 3)), .. Varint((ulong)value)];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}

/// <summary>How ONNX Runtime holds a weight.</summary>
internal enum OnnxWeight
{
    /// <summary>float32.</summary>
    Single,

    /// <summary>Signed bytes, which dynamic quantisation takes where nothing else is asked for.</summary>
    SignedBytes,

    /// <summary>Unsigned bytes, its other choice: for two unsigned sides it has no product by AMX.</summary>
    UnsignedBytes,
}
