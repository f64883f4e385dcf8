using System.IO.Compression;
using System.IO.Pipes;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

public sealed class ReadingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void RowsBeyondFourGigabytesAreFound()
    {
        // The file has holes instead of its five gigabytes; other systems may fill them.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const string Header = """
            {"big":{"dtype":"U8","shape":[2500,2000000],"data_offsets":[0,5000000000]},
            "end":{"dtype":"F32","shape":[1],"data_offsets":[5000000000,5000000004]}}
            """;
        string path = folder["model.safetensors"];
        byte[] start = SafetensorsBytes.Make(Header, 0);
        using (var stream = new FileStream(path, FileMode.Create))
        {
            stream.Write(start);
            stream.Position = start.Length + 4_999_999_999;
            stream.Write([7, .. TorchBytes.Floats(2.5f)]);
        }

        using var file = SafetensorsFile.Open(path);
        float[] rows = new float[4_000_000];
        file.ReadRows("big", 2498, 2, rows);
        Assert.Equal(0, rows[^2]);
        Assert.Equal(7, rows[^1]);
        float[] end = new float[1];
        file.Read("end", end);
        Assert.Equal(2.5f, end[0]);
    }

    [Fact]
    public void ReadingAllocatesAlmostNothing()
    {
        string path = folder["model.safetensors"];
        float[] values = new float[3_000_000];
        using (var writer = SafetensorsWriter.Create(path, new SafetensorsLayout([new("x", TensorDataType.BF16, [3000, 1000])])))
        {
            writer.Write("x", values);
            writer.Complete();
        }

        using var file = SafetensorsFile.Open(path);
        file.Read("x", values);
        long before = GC.GetAllocatedBytesForCurrentThread();
        file.Read("x", values);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void SeveralThreadsMayRead(CompressionLevel level)
    {
        float[] values = [.. Enumerable.Range(0, 60_000).Select(i => i * 0.5f)];
        byte[] pickle = new PickleBuilder().Dictionary(
            p => p.Tensor("x", "torch.FloatStorage", "0", values.Length, 0, [300, 200], [200, 1])).ToArray();
        string path = folder["pytorch_model.bin"];
        File.WriteAllBytes(path, TorchBytes.Zip(pickle, level, ("data/0", TorchBytes.Floats(values))));
        using var file = TorchCheckpoint.Open(path);
        Parallel.For(0, 30, (int i) =>
        {
            float[] rows = new float[2000];
            file.ReadRows("x", (29 - i) * 10, 10, rows);
            Assert.Equal(values[((29 - i) * 2000)..((30 - i) * 2000)], rows);
        });
    }

    [Fact]
    public void APipeIsATypedError()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        string path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        Assert.Equal("file-not-readable", Assert.Throws<CheckpointException>(() => Checkpoint.Open(path)).Code);
    }
}
