using System.IO.Compression;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Views, storages and containers that the one reference file does not have, packed by hand.</summary>
public sealed class TorchCheckpointTests : IDisposable
{
    private const string Float = "torch.FloatStorage";

    private readonly TemporaryFolder folder = new();

    public static TheoryData<CompressionLevel> Levels => [CompressionLevel.NoCompression, CompressionLevel.Optimal];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Levels))]
    public void ViewsOfASharedStorageAreGathered(CompressionLevel level)
    {
        using var file = Open(Views(level));
        Assert.Equal(["whole", "transposed", "column", "tail", "empty", "scalar"], file.Tensors.Keys);
        Assert.Equal([0, 1, 2, 3, 4, 5], Read(file, "whole"));
        Assert.Equal([0, 3, 1, 4, 2, 5], Read(file, "transposed"));
        Assert.Equal([1, 4], Read(file, "column"));
        Assert.Equal([4, 5], Read(file, "tail"));
        Assert.Empty(Read(file, "empty"));
        Assert.Equal([3], Read(file, "scalar"));
        float[] rows = new float[4];
        file.ReadRows("transposed", 1, 2, rows);
        Assert.Equal([1, 4, 2, 5], rows);
        var bytes = new MemoryStream();
        file.CopyBytes("transposed", bytes);
        Assert.Equal(TorchBytes.Floats(0, 3, 1, 4, 2, 5), bytes.ToArray());
    }

    [Theory]
    [InlineData("Double", TensorDataType.F64)]
    [InlineData("Float", TensorDataType.F32)]
    [InlineData("Half", TensorDataType.F16)]
    [InlineData("BFloat16", TensorDataType.BF16)]
    [InlineData("Long", TensorDataType.I64)]
    [InlineData("Int", TensorDataType.I32)]
    [InlineData("Short", TensorDataType.I16)]
    [InlineData("Char", TensorDataType.I8)]
    [InlineData("Byte", TensorDataType.U8)]
    [InlineData("Bool", TensorDataType.Bool)]
    public void EveryStorageClassHasItsType(string storage, TensorDataType type)
    {
        // Two elements, 1 and 0, transposed from a column and as a whole.
        byte[] bytes = new byte[2 * type.BitCount() / 8];
        _ = type.IsInteger() ? ElementWriter.FromIntegers(type, [1, 0], bytes) : ElementWriter.FromFloats(type, [1, 0], bytes);
        byte[] pickle = new PickleBuilder()
            .Dictionary(p => p.Tensor("x", $"torch.{storage}Storage", "0", 2, 0, [2, 1], [1, 2])).ToArray();
        using var file = Open(TorchBytes.Zip(pickle, CompressionLevel.NoCompression, ("data/0", bytes)));
        Assert.Equal(type, file.Tensors["x"].DataType);
        Assert.Equal([1, 0], Read(file, "x"));
    }

    [Fact]
    public void ParametersUntypedStoragesAndAttributesAreUnderstood()
    {
        byte[] pickle = new PickleBuilder()
            .Global("collections", "OrderedDict").Op(')').Op('R').Op('(')
            .Text("parameter").Global("torch._utils", "_rebuild_parameter").Op('(')
            .Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(Float, "0", 2).Integer(0).Integers(2).Integers(1)
            .Op(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R')
            .Op(0x88).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R')
            .Text("fp8").Global("torch._utils", "_rebuild_tensor_v3").Op('(')
            .Storage("torch.storage.UntypedStorage", "1", 3).Integer(1).Integers(2).Integers(1)
            .Op(0x89).Op('N').Global("torch", "float8_e4m3fn").Op('t').Op('R')
            .Text("steps").Integer(7)
            .Op('u')
            .Dictionary(p => p.Text("_metadata").Global("collections", "OrderedDict").Op(')').Op('R')).Op('b')
            .ToArray();
        using var file = Open(TorchBytes.Zip(
            pickle,
            CompressionLevel.NoCompression,
            ("data/0", TorchBytes.Floats(1.5f, -2)),
            ("data/1", [0xFF, 0x38, 0xB4]),
            ("byteorder", "little"u8.ToArray())));
        Assert.Equal(["parameter", "fp8"], file.Tensors.Keys);
        Assert.Equal([1.5f, -2], Read(file, "parameter"));
        Assert.Equal(TensorDataType.F8E4M3, file.Tensors["fp8"].DataType);
        Assert.Equal([1, -0.75f], Read(file, "fp8"));
    }

    [Fact]
    public void FilesOfOldVersionsOpen()
    {
        byte[] pickle = new PickleBuilder().Dictionary(
            p => p.Tensor("a", Float, "94", 2, 0, [2], [1]),
            p => p.Tensor("b", "torch.LongStorage", "7", 3, 1, [2], [1])).ToArray();
        byte[] bytes = TorchBytes.Legacy(
            pickle,
            true,
            ("7", 3, new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0 }),
            ("94", 2, TorchBytes.Floats(0.5f, 4)));
        using var file = Open(bytes);
        Assert.Equal([0.5f, 4], Read(file, "a"));
        Assert.Equal([8, 7], file.ReadIntegers("b"));

        Assert.Equal("pickle-structure", Refuse(TorchBytes.Legacy(pickle, false)).Code);
        Assert.Equal("torch-tensor", Refuse(bytes[..^1]).Code);
        Assert.Equal("pickle-structure", Refuse(TorchBytes.Legacy(pickle, true, ("94", 2, new byte[8]))).Code);
    }

    [Theory]
    [InlineData(5, 0, new long[] { 2, 3 }, new long[] { 3, 1 })]
    [InlineData(6, 1, new long[] { 2, 3 }, new long[] { 3, 1 })]
    [InlineData(6, -1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(6, 7, new long[] { 0 }, new long[] { 1 })]
    [InlineData(6, 0, new long[] { -2 }, new long[] { 1 })]
    [InlineData(6, 0, new long[] { 2 }, new long[] { -1 })]
    [InlineData(6, 0, new long[] { 2 }, new long[] { 1, 1 })]
    [InlineData(6, 0, new long[] { 2 }, new[] { long.MaxValue })]
    [InlineData(6, long.MaxValue, new long[] { 2 }, new long[] { 1 })]
    [InlineData(6, 0, new long[] { 1L << 40 }, new long[] { 0 })]
    [InlineData(6, 0, new long[] { 2147483647, 2147483647, 2147483647 }, new long[] { 0, 0, 0 })]
    [InlineData(7, 0, new long[] { 2 }, new long[] { 1 })]
    [InlineData(-1, 0, new long[] { 0 }, new long[] { 1 })]
    [InlineData(long.MaxValue, 0, new long[] { 2 }, new long[] { 1 })]
    public void TensorsThatReachBeyondTheirStorageAreRefused(long count, long offset, long[] shape, long[] strides)
    {
        byte[] pickle = new PickleBuilder().Dictionary(p => p.Tensor("x", Float, "0", count, offset, shape, strides)).ToArray();
        var error = Refuse(TorchBytes.Zip(pickle, CompressionLevel.NoCompression, ("data/0", new byte[24])));
        Assert.Contains(error.Code, new[] { "torch-tensor", "pickle-structure" });
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void DamagedContainersAreTypedErrors()
    {
        byte[] pickle = new PickleBuilder().Dictionary(p => p.Tensor("x", Float, "0", 1, 0, [1], [1])).ToArray();
        byte[] good = TorchBytes.Zip(pickle, CompressionLevel.NoCompression, ("data/0", new byte[4]));
        Open(good).Dispose();
        Assert.Equal("zip-structure", Refuse(good[..^30]).Code);
        Assert.Equal("zip-structure", Refuse(TorchBytes.Zip(pickle, CompressionLevel.NoCompression)).Code);
        byte[] twice = TorchBytes.Zip(pickle, CompressionLevel.NoCompression, ("data/0", new byte[4]), ("x/data.pkl", pickle));
        Assert.Equal("zip-structure", Refuse(twice).Code);
        byte[] bigEndian = TorchBytes.Zip(
            pickle, CompressionLevel.NoCompression, ("data/0", new byte[4]), ("byteorder", "big"u8.ToArray()));
        Assert.Equal("zip-structure", Refuse(bigEndian).Code);
        Assert.Equal("not-a-torch-file", Refuse([]).Code);
        Assert.Equal("not-a-torch-file", Refuse("version https://git-lfs.github.com/spec/v1"u8.ToArray()).Code);
        byte[] nested = new PickleBuilder().Dictionary(p => p.Text("state_dict").Op('}')).ToArray();
        Assert.Equal("no-tensors", Refuse(TorchBytes.Zip(nested, CompressionLevel.NoCompression)).Code);
    }

    private static byte[] Views(CompressionLevel level)
    {
        byte[] pickle = new PickleBuilder().Dictionary(
            p => p.Tensor("whole", Float, "0", 6, 0, [2, 3], [3, 1]),
            p => p.Tensor("transposed", Float, "0", 6, 0, [3, 2], [1, 3]),
            p => p.Tensor("column", Float, "0", 6, 1, [2, 1], [3, 1]),
            p => p.Tensor("tail", Float, "0", 6, 4, [1, 2], [99, 1]),
            p => p.Tensor("empty", Float, "0", 6, 6, [0, 2], [2, 1]),
            p => p.Tensor("scalar", Float, "0", 6, 3, [], [])).ToArray();
        return TorchBytes.Zip(pickle, level, ("data/0", TorchBytes.Floats(0, 1, 2, 3, 4, 5)));
    }

    private static float[] Read(TorchCheckpoint file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.Read(name, values);
        return values;
    }

    private TorchCheckpointException Refuse(byte[] bytes) => Assert.Throws<TorchCheckpointException>(() => Open(bytes));

    private TorchCheckpoint Open(byte[] bytes)
    {
        string path = folder["pytorch_model.bin"];
        File.WriteAllBytes(path, bytes);
        return TorchCheckpoint.Open(path);
    }
}
