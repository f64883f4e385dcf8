using FsCheck;
using FsCheck.Fluent;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>What holds of every safetensors file that is written.</summary>
public sealed class SafetensorsProperties : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Names_types_shapes_and_bytes_come_back() => Properties.Hold(
        from infos in Gen.ListOf(Info())
        from seed in Properties.Integers(0, int.MaxValue - 1)
        select (infos.DistinctBy(info => info.Name).ToList(), seed),
        example =>
        {
            var (infos, seed) = example;
            var random = new Random(seed);
            byte[][] contents = [.. infos.Select(info => Bytes(random, (int)info.ByteCount))];
            var layout = new SafetensorsLayout(infos, new Dictionary<string, string> { ["ä\"\\"] = "\u0001" });
            string path = folder["model.safetensors"];
            using (var writer = SafetensorsWriter.Create(path, layout))
            {
                foreach (var (info, bytes) in infos.Zip(contents))
                {
                    // In two pieces, as a stream of rows comes, where it has two.
                    if (bytes.Length > 1)
                    {
                        writer.WriteBytes(info.Name, bytes.AsSpan(0, bytes.Length / 2));
                    }

                    writer.WriteBytes(info.Name, bytes.Length > 1 ? bytes.AsSpan(bytes.Length / 2) : bytes);
                }

                writer.Complete();
            }

            Assert.Equal(layout.FileLength, new FileInfo(path).Length);
            using var file = SafetensorsFile.Open(path);
            Assert.Equal("\u0001", file.Metadata["ä\"\\"]);
            Assert.Equal(infos.Select(info => info.Name), file.Tensors.Keys);
            foreach (var (info, bytes) in infos.Zip(contents))
            {
                Assert.Equal(info.DataType, file.Tensors[info.Name].DataType);
                Assert.Equal(info.Shape, file.Tensors[info.Name].Shape);
                var copy = new MemoryStream();
                file.CopyBytes(info.Name, copy);
                Assert.Equal(bytes, copy.ToArray());
            }
        });

    private static Gen<TensorInfo> Info() =>
        from name in Gen.ArrayOf(Gen.Elements('a', 'b', '.', '0', '"', '\\', '\u0007', 'é', '漢', ' ')).Select(letters => new string(letters))
        from type in Gen.Elements(Enum.GetValues<TensorDataType>().Where(type => type.BitCount() % 8 == 0).ToArray())
        from rank in Properties.Integers(0, 4)
        from shape in Gen.ArrayOf(Properties.Integers(0, 5), rank)
        select new TensorInfo(name, type, shape);

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
