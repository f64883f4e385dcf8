using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<TensorDataType> AllTypes => [.. Enum.GetValues<TensorDataType>()];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void BytesOfEveryTypeComeBack(TensorDataType type)
    {
        var layout = new SafetensorsLayout([new("a", type, [2, 8]), new("empty", type, [0, 3]), new("b", type, [4])]);
        byte[] bytes = new byte[16 * type.BitCount() / 8];
        new Random(1).NextBytes(bytes);
        string path = folder["model.safetensors"];
        using (var writer = SafetensorsWriter.Create(path, layout))
        {
            writer.WriteBytes("a", bytes);
            writer.WriteBytes("empty", []);
            writer.WriteBytes("b", bytes.AsSpan(0, bytes.Length / 4));
            writer.Complete();
        }

        Assert.Equal(layout.FileLength, new FileInfo(path).Length);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["a", "empty", "b"], file.Tensors.Keys);
        Assert.Equal(type, file.Tensors["a"].DataType);
        Assert.Equal([2, 8], file.Tensors["a"].Shape);
        var copy = new MemoryStream();
        file.CopyBytes("a", copy);
        file.CopyBytes("empty", copy);
        file.CopyBytes("b", copy);
        Assert.Equal([.. bytes, .. bytes[..(bytes.Length / 4)]], copy.ToArray());
    }

    [Theory]
    [InlineData(TensorDataType.F64)]
    [InlineData(TensorDataType.F32)]
    [InlineData(TensorDataType.F16)]
    [InlineData(TensorDataType.BF16)]
    public void ValuesThatATypeHoldsComeBackExactly(TensorDataType type)
    {
        float[] values = [0, -0f, 1, -1.5f, 0.09375f, 240, float.PositiveInfinity, float.NaN, -3, 0.5f, 7];
        string path = Write(new TensorInfo("x", type, [values.Length]), writer => writer.Write("x", values));
        using var file = Checkpoint.Open(path);
        float[] read = new float[values.Length];
        file.Read("x", read);
        Assert.Equal(values, read);
        float[] rows = new float[3];
        file.ReadRows("x", 2, 3, rows);
        Assert.Equal(values[2..5], rows);
    }

    [Theory]
    [InlineData(TensorDataType.I64, long.MinValue, long.MaxValue)]
    [InlineData(TensorDataType.I32, int.MinValue, int.MaxValue)]
    [InlineData(TensorDataType.I16, short.MinValue, short.MaxValue)]
    [InlineData(TensorDataType.I8, sbyte.MinValue, sbyte.MaxValue)]
    [InlineData(TensorDataType.U64, 0, long.MaxValue)]
    [InlineData(TensorDataType.U32, 0, uint.MaxValue)]
    [InlineData(TensorDataType.U16, 0, ushort.MaxValue)]
    [InlineData(TensorDataType.U8, 0, byte.MaxValue)]
    [InlineData(TensorDataType.Bool, 0, 1)]
    public void IntegersOfEveryTypeComeBack(TensorDataType type, long low, long high)
    {
        long[] values = [low, high, 0, 1, low / 2, high / 2];
        string path = Write(new TensorInfo("x", type, [2, 3]), writer => writer.WriteIntegers("x", values));
        using var file = Checkpoint.Open(path);
        Assert.Equal(values, file.ReadIntegers("x"));
        float[] floats = new float[6];
        file.Read("x", floats);
        Assert.Equal(values.Select(value => (float)value), floats);
    }

    private string Write(TensorInfo info, Action<SafetensorsWriter> write)
    {
        string path = folder["model.safetensors"];
        using var writer = SafetensorsWriter.Create(path, new SafetensorsLayout([info]));
        write(writer);
        writer.Complete();
        return path;
    }
}
