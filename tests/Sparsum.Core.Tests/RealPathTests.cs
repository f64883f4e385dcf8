using Sparsum.Testing;
using Xunit;

namespace Sparsum.Core.Tests;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Root => RealPath.Of(folder.Root);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Links_are_resolved_in_every_part()
    {
        Directory.CreateDirectory(folder["real/below"]);
        Directory.CreateSymbolicLink(folder["link"], folder["real"]);
        Directory.CreateSymbolicLink(folder["relative"], "link");

        Assert.Equal(Path.Combine(Root, "real", "below", "new"), RealPath.Of(folder["link/below/new"]));
        Assert.Equal(Path.Combine(Root, "real", "new"), RealPath.Of(folder["relative/new/"]));
        Assert.Equal(Path.Combine(Root, "real"), RealPath.Of(folder["link/./below/.."]));
    }

    [Fact]
    public void Two_dots_after_a_link_leave_its_target()
    {
        Directory.CreateDirectory(folder["real/below"]);
        Directory.CreateSymbolicLink(folder["link"], folder["real/below"]);

        Assert.Equal(Path.Combine(Root, "real", "x"), RealPath.Of(folder["link/../x"]));
    }

    [Fact]
    public void A_circle_is_refused()
    {
        File.CreateSymbolicLink(folder["a"], folder["b"]);
        File.CreateSymbolicLink(folder["b"], folder["a"]);

        Assert.Equal("invalid-path", Assert.Throws<InvalidInputException>(() => RealPath.Of(folder["a/x"])).Code);
        Assert.Equal("invalid-path", Assert.Throws<InvalidInputException>(() => RealPath.Of("")).Code);
    }

    [Theory]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/ab", "/a", false)]
    [InlineData("/a", "/", true)]
    public void Within_goes_by_whole_parts(string inner, string outer, bool expected) =>
        Assert.Equal(expected, RealPath.IsWithin(inner.Replace('/', Path.DirectorySeparatorChar), outer.Replace('/', Path.DirectorySeparatorChar)));
}
