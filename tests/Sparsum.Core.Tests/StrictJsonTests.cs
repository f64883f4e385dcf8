using System.Diagnostics;
using System.Text;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Core.Tests;

public sealed class StrictJsonTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"a": 1, "b": {"a": 2}}""")]
    [InlineData("""["😀", "\ud83d\ude00", "\\ud83d", "\u0000"]""")]
    [InlineData("7")]
    [InlineData("null")]
    public void What_keeps_the_rules_is_read(string json)
    {
        Assert.Equal(json, StrictJson.Parse(Encoding.UTF8.GetBytes(json), "x").GetRawText());
        Assert.Equal(json, StrictJson.Parse((byte[])[0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(json)], "x").GetRawText());
    }

    [Theory]
    [InlineData("""{"a": 1, "a": 2}""", 9)]
    [InlineData("""{"a": 1, "\u0061": 2}""", 9)]
    [InlineData("""[{"a": "\ud83d"}]""", 8)]
    [InlineData("""["x\udc00"]""", 3)]
    [InlineData("""["\ud83dx\ude00"]""", 2)]
    [InlineData("""{"\ud83d\ud83d": 1}""", 2)]
    [InlineData("""{"a": 1,}""", 8)]
    [InlineData("{\n\"a\": nonsense}", 8)]
    [InlineData("// no\n1", 0)]
    [InlineData("[1] [2]", 4)]
    public void What_breaks_them_is_told_with_its_byte(string json, int offset)
    {
        var error = Assert.Throws<InvalidInputException>(() => StrictJson.Parse(Encoding.UTF8.GetBytes(json), "x.json"));

        Assert.Equal(("malformed-json", "x.json"), (error.Code, error.File));
        Assert.StartsWith($"at byte {offset}:", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_told_apart()
    {
        byte[] latin1 = [.. "{\"name\": \"caf"u8, 0xE9, .. "\"}"u8];

        var error = Assert.Throws<InvalidInputException>(() => StrictJson.Parse(latin1, "x"));

        Assert.Equal("at byte 13: byte 0xE9, which is not UTF-8", error.Found);
    }

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        byte[] deep = Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65));
        Assert.Throws<InvalidInputException>(() => StrictJson.Parse(deep, "x"));
        StrictJson.Parse(deep, "x", new JsonRules { MaxDepth = 65 });

        folder.Write("large.json", "[1, 2, 3]");
        Assert.Equal("large", Assert.Throws<InvalidInputException>(
            () => StrictJson.Read(folder["large.json"], new JsonRules { MaxBytes = 8, Code = "large" })).Code);
    }

    [Fact]
    public void Only_regular_files_are_opened()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using (var process = Process.Start("mkfifo", folder["pipe.json"]))
        {
            Bounded.Await(process);
        }

        File.CreateSymbolicLink(folder["link.json"], folder["pipe.json"]);
        foreach (string path in new[] { folder["pipe.json"], folder["link.json"], "/dev/zero" })
        {
            Assert.Equal("malformed-json", Assert.Throws<InvalidInputException>(() => Bounded.Run(() => StrictJson.Read(path))).Code);
        }

        Assert.Equal("missing-file", Assert.Throws<InvalidInputException>(() => StrictJson.Read(folder["none.json"])).Code);
        Assert.Equal("missing-file", Assert.Throws<InvalidInputException>(() => StrictJson.Read(folder.Root)).Code);
    }

    [Fact]
    public void Comments_are_for_files_that_people_write()
    {
        byte[] recipe = Encoding.UTF8.GetBytes("{ /* why */ \"a\": [1, 2,], // so\n }");

        Assert.Equal(2, StrictJson.ParseNode(recipe, "x", new JsonRules { AllowsComments = true })!["a"]!.AsArray().Count);
    }
}
