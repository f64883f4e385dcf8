using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Sparsum.Core.Tests;

/// <summary>Libraries name options by their names; how they are typed is the command's business.</summary>
public sealed partial class LibraryTextTests
{
    [Fact]
    public void No_library_text_contains_a_flag()
    {
        string source = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "src");
        if (!Directory.Exists(source))
        {
            return;
        }

        string[] found =
        [
            .. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                .Where(file => !IsElsewhere(file.Replace('\\', '/')))
                .SelectMany(file => File.ReadLines(file)
                    .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Flag().IsMatch(line))
                    .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}")),
        ];
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("""Hint = "Use --force.",""", true)]
    [InlineData("""File = "--sparsity",""", true)]
    [InlineData("""Hint = "Choose another -o.",""", true)]
    [InlineData("""$"var(--series-{place}, {Palette})";""", false)]
    [InlineData("""columns[--right] = column;""", false)]
    public void A_flag_is_told_from_other_dashes(string line, bool isFlag) => Assert.Equal(isFlag, Flag().IsMatch(line));

    // The command, and what the compiler made.
    private static bool IsElsewhere(string file) =>
        file.Contains("/src/Sparsum.Cli/", StringComparison.Ordinal)
        || file.Contains("/obj/", StringComparison.Ordinal)
        || file.Contains("/bin/", StringComparison.Ordinal);

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex("\"[^\"]*(?<!var\\()(--[a-z]|(?<![\\w-])-o\\b)")]
    private static partial Regex Flag();
}
