using System.Text.RegularExpressions;
using Xunit;

namespace Sparsum.Documentation.Tests;

/// <summary>Whoever wants to understand a method has at most 25 files to read, and <c>docs/architecture.md</c> says which.</summary>
public partial class ReadingOrderTests
{
    private const int MostFiles = 25;

    [Theory]
    [InlineData("**Wanda with NeuronAl**", "OneShot")]
    [InlineData("**NeuroPrune**", "")]
    public void A_method_is_understood_from_few_files(string title, string folder)
    {
        string root = Path.Combine(Repository.Root, "src", "Sparsum.Pruning", folder);
        string list = string.Join('\n', File.ReadLines(Path.Combine(Repository.Root, "docs", "architecture.md"))
            .SkipWhile(line => !line.StartsWith(title, StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("**", StringComparison.Ordinal) && !line.StartsWith('#')));
        string[] files = [.. SourceName().Matches(list).Select(match => match.Groups[1].Value)];

        Assert.InRange(files.Length, MostFiles / 2, MostFiles);
        Assert.Equal(files.Distinct(), files);
        Assert.DoesNotContain(files, file => !File.Exists(Path.Combine(root, file)));
    }

    [GeneratedRegex("`([^`]+\\.cs)`")]
    private static partial Regex SourceName();
}
