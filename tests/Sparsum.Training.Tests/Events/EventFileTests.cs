using System.Text;
using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Training.Events;
using Xunit;

namespace Sparsum.Training.Tests.Events;

public sealed class EventFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    public void Checksums_are_crc32c(string text, uint expected)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        Assert.Equal(expected, EventRecord.Checksum(bytes));
        Assert.Equal(expected, EventReader.Checksum(bytes));
    }

    /// <summary>The four sequences of RFC 3720, appendix B.4.</summary>
    [Fact]
    public void Checksums_are_those_of_the_standard()
    {
        byte[] ascending = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        Assert.Equal(0x8A9136AAu, EventRecord.Checksum(new byte[32]));
        Assert.Equal(0x62A8AB43u, EventRecord.Checksum([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, EventRecord.Checksum(ascending));
        Assert.Equal(0x113FDB5Cu, EventRecord.Checksum([.. ascending.Reverse()]));
    }

    /// <summary>Every file that TensorFlow writes begins with these twelve bytes: a record of 24, and the checksum of that.</summary>
    [Fact]
    public void A_file_begins_as_those_of_others()
    {
        using (new EventFile(folder["a"], 1))
        {
        }

        byte[] bytes = File.ReadAllBytes(folder["a"]);
        Assert.Equal("1800000000000000A37F4B22", Convert.ToHexString(bytes[..12]));
        Assert.Equal("09000000000000F03F1A0D627261696E2E4576656E743A32", Convert.ToHexString(bytes[12..36]));
        Assert.Equal(40, bytes.Length);
    }

    [Fact]
    public void Values_come_back_while_the_file_is_written()
    {
        using var file = new EventFile(folder["logs/a"], 10.5);
        file.Add(11.25, 1, ("train/loss", 0.1), ("größe", -2));
        file.Add(12, 300, ("train/loss", double.NaN));

        using var shared = new FileStream(folder["logs/a"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[shared.Length];
        shared.ReadExactly(bytes);
        var events = EventReader.Read(bytes);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal([(10.5, 0), (11.25, 1), (12.0, 300)], events.Select(entry => (entry.WallTime, entry.Step)));
        Assert.Equal(0.1f, events[1].Values["train/loss"]);
        Assert.Equal(-2, events[1].Values["größe"]);
        Assert.True(float.IsNaN(events[2].Values["train/loss"]));
    }

    [Fact]
    public void A_file_that_is_there_is_not_replaced()
    {
        folder.Write("a", "precious").Write("b", "a file");
        Assert.Equal("write-failed", Assert.Throws<RunFailedException>(() => new EventFile(folder["a"], 0)).Code);
        Assert.Equal("write-failed", Assert.Throws<RunFailedException>(() => new EventFile(folder["b/c"], 0)).Code);
        Assert.Equal("precious", File.ReadAllText(folder["a"]));
    }
}
