using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

public sealed class SafetensorsWriterTests : IDisposable
{
    private static readonly TensorInfo[] Infos =
    [
        new("a", TensorDataType.F32, [2, 2]),
        new("b", TensorDataType.BF16, [3]),
        new("c", TensorDataType.I64, [1]),
    ];

    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public SafetensorsWriterTests() => path = folder["model.safetensors"];

    private static SafetensorsLayout Layout => new(Infos);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void DataBeginAtAMultipleOfEight()
    {
        for (int length = 1; length < 20; length++)
        {
            var layout = new SafetensorsLayout([new TensorInfo(new string('x', length), TensorDataType.U8, [0])]);
            Assert.Equal(0, layout.FileLength % 8);
        }
    }

    [Fact]
    public void NothingStaysWhereAFileIsNotCompleted()
    {
        File.WriteAllText(path, "old");
        using (var writer = SafetensorsWriter.Create(path, Layout))
        {
            writer.Write("a", [1, 2, 3, 4]);
            Assert.True(File.Exists(SafetensorsWriter.PartialPath(path)));
        }

        Assert.False(File.Exists(SafetensorsWriter.PartialPath(path)));
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void TensorsMayBeGivenInPieces()
    {
        using (var writer = SafetensorsWriter.Create(path, Layout))
        {
            writer.Write("a", [1, 2, 3]);
            Assert.Equal(0, writer.CompletedTensors);
            writer.Write("a", [4]);
            Assert.Equal(1, writer.CompletedTensors);
            Assert.Equal("b", writer.Next!.Name);
            Finish(writer);
        }

        AssertComplete();
    }

    [Fact]
    public void OrderAndSizesAreChecked()
    {
        using var writer = SafetensorsWriter.Create(path, Layout);
        Assert.Throws<ArgumentException>(() => writer.Write("b", [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => writer.Write("a", [1, 2, 3, 4, 5]));
        Assert.Throws<ArgumentException>(() => writer.WriteIntegers("a", [1]));
        Assert.Throws<InvalidOperationException>(writer.Complete);
        Assert.Throws<ArgumentException>(() => new SafetensorsLayout([Infos[0], Infos[0]]));
        Assert.Throws<ArgumentException>(() => new SafetensorsLayout([new("__metadata__", TensorDataType.F32, [1])]));
        Assert.Throws<ArgumentException>(() => new SafetensorsLayout([new("x", TensorDataType.F32, [-1])]));
        Assert.Throws<ArgumentException>(() => new SafetensorsLayout([new("x", TensorDataType.F4, [3])]));
        Assert.Throws<ArgumentException>(() => new SafetensorsLayout([new("x", TensorDataType.F32, [int.MaxValue, int.MaxValue, 4])]));
    }

    [Theory]
    [InlineData(TensorDataType.F16, 65520)]
    [InlineData(TensorDataType.BF16, float.MaxValue)]
    public void ValuesThatWouldBecomeInfiniteAreRefusedByName(TensorDataType type, float value)
    {
        using var writer = SafetensorsWriter.Create(path, new SafetensorsLayout([new("layer.weight", type, [3])]));
        var error = Assert.Throws<RunFailedException>(() => writer.Write("layer.weight", [1, -value, 2]));
        Assert.Equal("value-overflow", error.Code);
        Assert.Contains("layer.weight", error.Message);
        writer.Write("layer.weight", [1, float.NegativeInfinity, float.NaN]);
        writer.Complete();
    }

    [Theory]
    [InlineData(TensorDataType.I8, 128)]
    [InlineData(TensorDataType.U16, -1)]
    [InlineData(TensorDataType.U64, -1)]
    [InlineData(TensorDataType.Bool, 2)]
    public void IntegersThatDoNotFitAreRefused(TensorDataType type, long value)
    {
        using var writer = SafetensorsWriter.Create(path, new SafetensorsLayout([new("x", type, [1])]));
        Assert.Throws<ArgumentException>(() => writer.WriteIntegers("x", [value]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ResumingGivesTheSameFileAsOneRun(int completed)
    {
        using (var writer = SafetensorsWriter.Create(path, Layout))
        {
            writer.KeepPartialOnDispose = true;
            writer.Write("a", [1, 2, 3, 4]);
            writer.Write("b", [5, 6, 7]);
            writer.WriteIntegers("c", [8]);
            writer.FlushToDisk();
        }

        Assert.False(File.Exists(path));
        using (var writer = SafetensorsWriter.Resume(path, Layout, completed))
        {
            Assert.Equal(completed, writer.CompletedTensors);
            Finish(writer);
        }

        AssertComplete();
    }

    [Fact]
    public void OnlyTheSameFileIsResumed()
    {
        Assert.Equal("resume-missing", Assert.Throws<CheckpointException>(() => SafetensorsWriter.Resume(path, Layout, 0)).Code);
        using (var writer = SafetensorsWriter.Create(path, Layout))
        {
            writer.KeepPartialOnDispose = true;
            writer.Write("a", [1, 2, 3, 4]);
        }

        var other = new SafetensorsLayout([Infos[0], Infos[1], new("d", TensorDataType.I64, [1])]);
        Assert.Equal("resume-mismatch", Assert.Throws<CheckpointException>(() => SafetensorsWriter.Resume(path, other, 1)).Code);
        Assert.Equal("resume-truncated", Assert.Throws<CheckpointException>(() => SafetensorsWriter.Resume(path, Layout, 2)).Code);
        using (var writer = SafetensorsWriter.Resume(path, Layout, 1))
        {
            Finish(writer);
        }

        AssertComplete();
    }

    [Fact]
    public void AFullDiskIsNamedAndLeavesNothing()
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        File.CreateSymbolicLink(SafetensorsWriter.PartialPath(path), "/dev/full");
        using (var writer = SafetensorsWriter.Create(path, Layout))
        {
            writer.Write("a", [1, 2, 3, 4]);
            var error = Assert.Throws<RunFailedException>(writer.FlushToDisk);
            Assert.Equal("disk-full", error.Code);
            Assert.NotNull(error.Hint);
        }

        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void AFolderThatIsMissingIsATypedError()
    {
        string missing = folder["none/model.safetensors"];
        Assert.Equal("write-failed", Assert.Throws<RunFailedException>(() => SafetensorsWriter.Create(missing, Layout)).Code);
        Assert.Equal("write-failed", Assert.Throws<RunFailedException>(() => AtomicFile.WriteAllText(missing, "x")).Code);
    }

    [Fact]
    public void AtomicFilesReplaceTheOldOne()
    {
        string file = folder["config.json"];
        AtomicFile.WriteAllText(file, "old and longer");
        AtomicFile.WriteAllText(file, "é\n");
        Assert.Equal([0xC3, 0xA9, 0x0A], File.ReadAllBytes(file));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    private static void Finish(SafetensorsWriter writer)
    {
        while (writer.Next is { } next)
        {
            switch (next.Name)
            {
                case "a":
                    writer.Write("a", [1, 2, 3, 4]);
                    break;
                case "b":
                    writer.Write("b", [5, 6, 7]);
                    break;
                default:
                    writer.WriteIntegers("c", [8]);
                    break;
            }
        }

        writer.Complete();
    }

    private void AssertComplete()
    {
        using var file = SafetensorsFile.Open(path);
        float[] values = new float[4];
        file.Read("a", values);
        Assert.Equal([1, 2, 3, 4], values);
        file.Read("b", values.AsSpan(0, 3));
        Assert.Equal([5, 6, 7, 4], values);
        Assert.Equal([8], file.ReadIntegers("c"));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }
}
