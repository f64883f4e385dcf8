using System.Text;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Every rule of the format, each broken once by a file made by hand, and the unusual files that are legal.</summary>
public sealed class SafetensorsRulesTests : IDisposable
{
    private const string Pair = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("duplicate-key", "{" + Pair + "," + Pair + "}", 8)]
    [InlineData("duplicate-key", """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("duplicate-key", """{"__metadata__":{"k":"v","k":"w"}}""", 0)]
    [InlineData("duplicate-key", """{"__metadata__":{},"__metadata__":{}}""", 0)]
    [InlineData("unknown-dtype", """{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("unknown-dtype", """{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("unknown-dtype", """{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("bad-shape", """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("bad-shape", """{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8)]
    [InlineData("bad-shape", """{"a":{"dtype":"F32","shape":[4294967298],"data_offsets":[0,8]}}""", 8)]
    [InlineData("bad-shape", """{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", 8)]
    [InlineData("bad-shape", """{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", 8)]
    [InlineData("shape-overflow", """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", 8)]
    [InlineData("shape-overflow", """{"a":{"dtype":"F32","shape":[2147483647,2147483647,4],"data_offsets":[0,8]}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,7]}}""", 7)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e1]}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":null}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551615]}}""", 8)]
    [InlineData("data-offsets", """{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}""", 1)]
    [InlineData("data-truncated", "{" + Pair + "}", 7)]
    [InlineData("data-trailing", "{" + Pair + "}", 9)]
    [InlineData("data-trailing", "{}", 1)]
    [InlineData("data-hole", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3)]
    [InlineData("data-hole", "{" + Pair + ""","b":{"dtype":"U8","shape":[2],"data_offsets":[9,11]}}""", 11)]
    [InlineData("data-overlap", "{" + Pair + ""","b":{"dtype":"U8","shape":[2],"data_offsets":[7,9]}}""", 9)]
    [InlineData("data-overlap", "{" + Pair + ""","b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("metadata", """{"__metadata__":{"k":1}}""", 0)]
    [InlineData("metadata", """{"__metadata__":{"k":{"l":"m"}}}""", 0)]
    [InlineData("metadata", """{"__metadata__":["k"]}""", 0)]
    [InlineData("tensor-entry", """{"a":[]}""", 0)]
    [InlineData("tensor-entry", """{"a":{"dtype":"F32","shape":[2]}}""", 8)]
    [InlineData("tensor-entry", """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8)]
    [InlineData("tensor-entry", """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("header-start", " {}", 0)]
    [InlineData("header-start", "[]", 0)]
    [InlineData("header-start", "", 0)]
    [InlineData("header-json", "{", 0)]
    [InlineData("header-json", "{} {}", 0)]
    [InlineData("header-json", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}""", 8)]
    [InlineData("header-json", """{"a":{"extra":[[[[[[[[[[1]]]]]]]]]]}}""", 0)]
    [InlineData("header-json", """{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    public void ABrokenRuleIsATypedError(string code, string header, int dataLength)
    {
        var error = Assert.Throws<SafetensorsException>(() => Open(SafetensorsBytes.Make(header, dataLength)));
        Assert.Equal(code, error.Code);
        Assert.NotNull(error.File);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void LengthsThatCannotBeAreTypedErrors()
    {
        Assert.Equal("file-too-short", Assert.Throws<SafetensorsException>(() => Open([])).Code);
        Assert.Equal("file-too-short", Assert.Throws<SafetensorsException>(() => Open(new byte[7])).Code);
        Assert.Equal("header-start", Assert.Throws<SafetensorsException>(() => Open(new byte[8])).Code);
        Assert.Equal("header-truncated", Assert.Throws<SafetensorsException>(() => Open([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D])).Code);
        byte[] huge = [0, 0, 0, 0, 0, 0, 0, 0x80, 0x7B, 0x7D];
        Assert.Equal("header-too-large", Assert.Throws<SafetensorsException>(() => Open(huge)).Code);
    }

    [Fact]
    public void TextThatIsNoUtf8IsATypedError()
    {
        byte[] header = Encoding.Latin1.GetBytes("""{"é":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""");
        Assert.Equal("header-encoding", Assert.Throws<SafetensorsException>(() => Open(SafetensorsBytes.Make(header, 8))).Code);
    }

    [Fact]
    public void ManyDimensionsAreATypedError()
    {
        string shape = string.Join(",", Enumerable.Repeat("1", 65));
        string header = $$$"""{"a":{"dtype":"U8","shape":[{{{shape}}}],"data_offsets":[0,1]}}""";
        Assert.Equal("bad-shape", Assert.Throws<SafetensorsException>(() => Open(SafetensorsBytes.Make(header, 1))).Code);
    }

    [Fact]
    public void MissingFilesAndTensorsAreTypedErrors()
    {
        Assert.Equal("file-not-found", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["none"])).Code);
        using var file = Open(SafetensorsBytes.Make("{" + Pair + "}", 8));
        Assert.Equal("missing-tensor", Assert.Throws<CheckpointException>(() => file.Read("b", new float[2])).Code);
        Assert.Equal("missing-tensor", Assert.Throws<CheckpointException>(() => file.FileOf("b")).Code);
        Assert.Equal("not-integers", Assert.Throws<CheckpointException>(() => file.ReadIntegers("a")).Code);
        Assert.Throws<ArgumentException>(() => file.Read("a", new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadRows("a", 1, 2, new float[2]));
    }

    [Theory]
    [InlineData("F8_E8M0")]
    [InlineData("F4")]
    [InlineData("F6_E2M3")]
    [InlineData("C64")]
    [InlineData("F8_E4M3FNUZ")]
    public void TypesThatAreNotReadAreNamed(string type)
    {
        TensorDataTypes.TryParse(type, out var parsed);
        int bytes = parsed.BitCount();
        string header = $$$"""{"a":{"dtype":"{{{type}}}","shape":[8],"data_offsets":[0,{{{bytes}}}]}}""";
        using var file = Open(SafetensorsBytes.Make(header, bytes));
        var error = Assert.Throws<CheckpointException>(() => file.Read("a", new float[8]));
        Assert.Equal("unreadable-type", error.Code);
        Assert.Equal(type, error.Found);
        var copy = new MemoryStream();
        file.CopyBytes("a", copy);
        Assert.Equal(bytes, copy.Length);
    }

    [Fact]
    public void UnusualButLegalFilesOpen()
    {
        const string Header = """
            {"z":{"data_offsets":[4,4],"shape":[0,5],"dtype":"F32","note":{"x":[1]}},
            "scalar":{"dtype":"U8","shape":[],"data_offsets":[4,5]},
            "é\n":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}}
            """;
        using var file = Open(SafetensorsBytes.Make(Header + "      ", 5));
        Assert.Equal(["é\n", "z", "scalar"], file.Tensors.Keys);
        file.Read("z", []);
        Assert.Single(file.ReadIntegers("scalar"));
        Assert.Empty(file.Metadata);
        using var empty = Open(SafetensorsBytes.Make("{}", 0));
        Assert.Empty(empty.Tensors);
    }

    [Fact]
    public void AFileThatShrinksAfterItWasOpenedIsATypedError()
    {
        string path = folder["shrinks.safetensors"];
        File.WriteAllBytes(path, SafetensorsBytes.Make("{" + Pair + "}", 8));
        using var file = SafetensorsFile.Open(path);
        using (var handle = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            handle.SetLength(handle.Length - 1);
        }

        // Rows before the cut do not need what lies behind it.
        float[] row = new float[1];
        file.ReadRows("a", 0, 1, row);
        Assert.Equal(BitConverter.ToSingle(File.ReadAllBytes(path).AsSpan()[^7..^3]), row[0]);
        Assert.Equal("file-truncated", Assert.Throws<CheckpointException>(() => file.Read("a", new float[2])).Code);
    }

    private SafetensorsFile Open(byte[] bytes)
    {
        string path = folder["model.safetensors"];
        File.WriteAllBytes(path, bytes);
        return SafetensorsFile.Open(path);
    }
}
