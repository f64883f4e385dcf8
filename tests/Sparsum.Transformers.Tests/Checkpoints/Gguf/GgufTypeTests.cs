using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Gguf;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints.Gguf;

public class GgufTypeTests
{
    [SharedFact("oracle/gguf")]
    public void EveryTypeIsWidenedBitForBit()
    {
        using var file = GgufFile.Open(SharedFiles.Path("oracle", "gguf", "types.gguf"));
        using var expected = SafetensorsFile.Open(SharedFiles.Path("oracle", "gguf", "types.safetensors"));
        Assert.Equal(expected.Tensors.Keys.Order(), file.Tensors.Select(tensor => tensor.Name).Order());
        Assert.Equal(Enum.GetNames<GgufTensorType>().Order(), file.Tensors.Select(tensor => tensor.Name).Order());
        foreach (var tensor in file.Tensors)
        {
            Assert.Equal(tensor.Name, tensor.Type.ToString());
            Assert.Equal([3, 512], tensor.Shape);
            var reference = new float[3 * 512];
            expected.Read(tensor.Name, reference);
            var values = new float[3 * 512];
            file.ReadRows(tensor.Name, 0, values);
            for (int i = 0; i < values.Length; i++)
            {
                Assert.True(
                    BitConverter.SingleToUInt32Bits(reference[i]) == BitConverter.SingleToUInt32Bits(values[i]),
                    $"{tensor.Name}[{i}]: expected {reference[i]:R}, got {values[i]:R}");
            }

            var last = new float[512];
            file.ReadRows(tensor.Name, 2, last);
            Assert.Equal(values[1024..], last);
        }
    }

    [SharedFact("oracle/gguf")]
    public void MetadataOfEveryKindAreRead()
    {
        var metadata = GgufFile.ReadMetadata(SharedFiles.Path("oracle", "gguf", "types.gguf"));
        Assert.Equal("none", metadata.Architecture);
        Assert.Equal(7, metadata.Integer("test.uint32"));
        Assert.Equal(0.25, metadata.Number("test.float32"));
        Assert.True(metadata.Flag("test.bool"));
        Assert.Equal(["a", "ü", ""], metadata.List<string>("test.strings")!);
        Assert.Equal([1, -2, 3], metadata.List<long>("test.ints")!);
        Assert.Null(metadata.Text("test.absent"));
    }
}
