using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>A parameter as a graph holds it.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="IsTransposed">Whether the matrix is stored <c>[in, out]</c>, as a product of tokens with it wants.</param>
internal sealed record OnnxWeight(Parameter Parameter, OnnxType Type, bool IsTransposed)
{
    private const int ChunkElements = 1 << 20;

    public string Name => IsTransposed ? $"{Parameter.Name}.transposed" : Parameter.Name;

    public IReadOnlyList<int> Shape => IsTransposed ? [.. Parameter.Shape.ToArray().Reverse()] : Parameter.Shape.ToArray();

    public long ByteCount => Tensor.CountElements(Parameter.Shape) * (Type == OnnxType.Float16 ? 2 : 4);

    /// <summary>Reads the values if they are not there, and gives their bytes piece by piece; what was read is given up again.</summary>
    /// <exception cref="RunFailedException">A value is too large for the type.</exception>
    public void Write(PretrainedModel model, SpanAction write)
    {
        bool wasLoaded = Parameter.IsLoaded;
        model.Load(Parameter);
        try
        {
            float[] chunk = new float[Math.Max(ChunkElements, Shape[^1])];
            byte[] bytes = new byte[chunk.Length * sizeof(float)];
            int rows = Shape.Count == 1 ? 1 : Shape[0];
            int width = Shape[^1];
            int rowsAtOnce = Math.Max(1, chunk.Length / width);
            for (int start = 0; start < rows; start += rowsAtOnce)
            {
                var values = chunk.AsSpan(0, Math.Min(rowsAtOnce, rows - start) * width);
                Read(start, width, values);
                write(Encode(values, bytes));
            }
        }
        finally
        {
            if (!wasLoaded)
            {
                Parameter.Release();
            }
        }
    }

    private void Read(int start, int width, Span<float> values)
    {
        int rows = values.Length / width;
        for (int row = 0; row < rows && !IsTransposed; row++)
        {
            Parameter.Value.Row(start + row).CopyTo(values[(row * width)..]);
        }

        // A row at a time of what is there: its piece is then read in order, whatever the matrix's size.
        for (int column = 0; column < width && IsTransposed; column++)
        {
            var piece = Parameter.Value.Row(column).Slice(start, rows);
            for (int row = 0; row < rows; row++)
            {
                values[(row * width) + column] = piece[row];
            }
        }
    }

    private ReadOnlySpan<byte> Encode(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        var type = Type == OnnxType.Float16 ? TensorDataType.F16 : TensorDataType.F32;
        bytes = bytes[..(values.Length * (Type == OnnxType.Float16 ? 2 : 4))];
        int misfit = ElementWriter.FromFloats(type, values, bytes);
        return misfit < 0 ? bytes : throw new RunFailedException("value-overflow", $"A value of '{Parameter.Name}' is too large for float16.")
        {
            Found = FormattableString.Invariant($"{values[misfit]}"),
            Expected = "values up to 65504",
            Hint = "Write float32 instead.",
        };
    }

    public delegate void SpanAction(ReadOnlySpan<byte> bytes);
}
