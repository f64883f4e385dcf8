using Sparsum.Core;
using Sparsum.Evaluation.Latency;
using Xunit;

namespace Sparsum.Evaluation.Tests.Latency;

public sealed class SizeTests
{
    [Fact]
    public void FolderSizeAddsUpFilesAndWeights()
    {
        string folder = Directory.CreateTempSubdirectory("sparsum-size-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "below"));
            File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), new byte[1000]);
            File.WriteAllBytes(Path.Combine(folder, "config.json"), new byte[10]);
            File.WriteAllBytes(Path.Combine(folder, "below", "pytorch_model.bin"), new byte[200]);
            Assert.Equal(new FolderSize(1210, 1200), FolderSize.Measure(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Assert.Throws<InvalidInputException>(() => FolderSize.Measure(folder));
    }

    [Fact]
    public void HighWaterMarkIsReadFromTheKernelsLines()
    {
        Assert.Equal(2_048_000, PeakMemory.ParseHighWaterMark(["VmPeak:\t 9 kB", "VmHWM:\t    2000 kB", "VmRSS:\t 1 kB"]));
        Assert.Null(PeakMemory.ParseHighWaterMark(["VmPeak:\t 9 kB"]));
    }

    [Fact]
    public void PeakMemoryCoversWhatIsHeldNow()
    {
        byte[] held = new byte[32 << 20];
        Array.Fill(held, (byte)1);
        Assert.True(PeakMemory.Read() > held.Length);
        GC.KeepAlive(held);
    }
}
