namespace Sparsum.Documentation.Tests;

/// <summary>A Markdown page of the project with its fenced blocks.</summary>
/// <param name="Name">Path from the root of the repository.</param>
/// <param name="Blocks">The blocks in order: the word behind the fence, and the lines.</param>
internal sealed record Document(string Name, IReadOnlyList<(string Language, int Line, IReadOnlyList<string> Lines)> Blocks)
{
    private const string Fence = "```";

    /// <summary>README and every page under <c>docs</c>.</summary>
    public static IReadOnlyList<Document> All { get; } =
    [
        Read("README.md"),
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal).Select(path => Read(Path.Combine("docs", Path.GetFileName(path)))),
    ];

    private static Document Read(string name)
    {
        var blocks = new List<(string, int, IReadOnlyList<string>)>();
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, name));
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                int end = Array.FindIndex(lines, i + 1, line => line.StartsWith(Fence, StringComparison.Ordinal));
                blocks.Add((lines[i][Fence.Length..].Trim(), i + 1, lines[(i + 1)..end]));
                i = end;
            }
        }

        return new Document(name.Replace('\\', '/'), blocks);
    }
}
