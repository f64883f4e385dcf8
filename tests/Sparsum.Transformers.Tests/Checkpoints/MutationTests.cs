using System.IO.Compression;
using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>
/// Damages good files in thousands of seeded ways. Whatever comes of it, it is tensors that can be read, or a typed error; never another
/// exception, and never memory beyond what the file can account for.
/// </summary>
public sealed class MutationTests : IDisposable
{
    private const int Count = 2_000;
    private const long MaxAllocation = 2_000_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Safetensors()
    {
        const string Header = """
            {"__metadata__":{"format":"pt"},"w.a":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},
            "w.b":{"dtype":"BF16","shape":[5],"data_offsets":[24,34]},"ids":{"dtype":"I64","shape":[1,2],"data_offsets":[34,50]}}
            """;
        Damage(SafetensorsBytes.Make(Header, 50), "model.safetensors", seed: 1);
    }

    [Fact]
    public void SafetensorsHeaderOnly()
    {
        const string Header = """
            {"a":{"dtype":"U8","shape":[3,2],"data_offsets":[0,6]},"b":{"dtype":"F16","shape":[],"data_offsets":[6,8]}}
            """;
        Damage(SafetensorsBytes.Make(Header, 8), "model.safetensors", seed: 2, first: 8, end: 8 + Header.Length);
    }

    [Fact]
    public void Index()
    {
        byte[] shard = SafetensorsBytes.Make("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", 3);
        File.WriteAllBytes(folder["one.safetensors"], shard);
        byte[] index = """{"metadata":{"total_size":3},"weight_map":{"a":"one.safetensors"}}"""u8.ToArray();
        Damage(index, "model.safetensors.index.json", seed: 3);
    }

    [Fact]
    public void TorchZip() => Damage(Zip(CompressionLevel.NoCompression), "pytorch_model.bin", seed: 4);

    [Fact]
    public void TorchDeflatedZip() => Damage(Zip(CompressionLevel.Optimal), "pytorch_model.bin", seed: 5);

    [Fact]
    public void TorchPickle()
    {
        byte[] good = Zip(CompressionLevel.NoCompression);
        int start = good.AsSpan().IndexOf(Pickle());
        Damage(good, "pytorch_model.bin", seed: 6, first: start, end: start + Pickle().Length);
    }

    [Fact]
    public void TorchLegacy()
    {
        byte[] file = TorchBytes.Legacy(Pickle(), true, ("0", 6, new byte[24]), ("1", 3, new byte[24]));
        Damage(file, "pytorch_model.bin", seed: 7);
    }

    private static byte[] Pickle() => new PickleBuilder().Dictionary(
        p => p.Tensor("a", "torch.FloatStorage", "0", 6, 0, [2, 3], [3, 1]),
        p => p.Tensor("t", "torch.FloatStorage", "0", 6, 0, [3, 2], [1, 3]),
        p => p.Tensor("i", "torch.LongStorage", "1", 3, 1, [2], [1])).ToArray();

    private static byte[] Zip(CompressionLevel level) =>
        TorchBytes.Zip(Pickle(), level, ("data/0", new byte[24]), ("data/1", new byte[24]));

    private void Damage(byte[] good, string name, int seed, int first = 0, int end = int.MaxValue)
    {
        string path = folder[name];
        Assert.Null(TryRead(good, path));
        var random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < Count; i++)
        {
            byte[] bad = Mutation.Apply(good, first, Math.Min(end, good.Length), random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            refused += TryRead(bad, path) is null ? 0 : 1;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxAllocation, $"mutation {i} allocated {allocated} bytes");
        }

        // Both outcomes must occur, or the test tests nothing.
        Assert.InRange(refused, Count / 10, Count - 1);
    }

    /// <summary>Opens a file and reads all of it.</summary>
    /// <returns>The typed error, or null.</returns>
    private static InvalidInputException? TryRead(byte[] bytes, string path)
    {
        Overwrite(path, bytes);
        try
        {
            using var checkpoint = Checkpoint.Open(path);
            foreach (var info in checkpoint.Tensors.Values)
            {
                // Not a deflated or repeated byte counts as more than the file can hold by itself.
                Assert.InRange(info.ElementCount, 0, 1_000_000);
                checkpoint.CopyBytes(info.Name, Stream.Null);
                if (info.DataType.IsReadable())
                {
                    checkpoint.Read(info.Name, new float[info.ElementCount]);
                }

                if (info.DataType.IsInteger() && info.DataType != TensorDataType.U64)
                {
                    Assert.Equal(info.ElementCount, checkpoint.ReadIntegers(info.Name).Length);
                }
            }

            return null;
        }
        catch (InvalidInputException error)
        {
            Assert.NotEmpty(error.Code);
            return error;
        }
    }

    private static void Overwrite(string path, byte[] bytes)
    {
        // Not cut to nothing first: file systems write a file to disk at once when they see that, thousands of times here.
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        stream.Write(bytes);
        stream.SetLength(bytes.Length);
    }
}
