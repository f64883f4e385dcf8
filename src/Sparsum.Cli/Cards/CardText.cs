using System.Text;

namespace Sparsum.Cli.Cards;

/// <summary>Pieces of Markdown that hold whatever names there are.</summary>
internal static class CardText
{
    /// <summary>By this a card is known as one of ours.</summary>
    public const string Mark = "<!-- card by sparsum -->";

    private const string Heading = "## How to repeat";
    private const string Safe = "_@%+=:,./-";

    /// <summary>Whether a card is one of ours.</summary>
    public static bool IsOurs(string card) => card.Split('\n').Contains(Mark);

    /// <summary>A text on one line, of which nothing is read as HTML.</summary>
    public static string Line(string text) => text.ReplaceLineEndings(" ").Replace("<", "&lt;", StringComparison.Ordinal);

    /// <summary>A text in a cell of a table.</summary>
    public static string Cell(string text) => Line(text).Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>The words of a command as a shell reads them.</summary>
    public static string Shell(IEnumerable<string> words) => string.Join(' ', words.Select(word =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || Safe.Contains(c))
            ? word
            : $"'{word.ReplaceLineEndings(" ").Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    /// <summary>The section with the commands, which <see cref="Steps"/> reads.</summary>
    public static string Repeat(IReadOnlyList<string> commands)
    {
        int longest = commands.SelectMany(command => command.Split('\'', ' ')).Max(word => word.Length - word.TrimStart('`').Length);
        string fence = new('`', Math.Max(3, longest + 1));
        var text = new StringBuilder($"\n{Heading}\n\nOUT stands for a folder of your choice{(commands.Count > 1 ? "; each command reads what the one before it wrote" : "")}.\n\n{fence}sh\n");
        foreach (string command in commands)
        {
            text.Append(command).Append('\n');
        }

        return text.Append(fence).Append('\n').ToString();
    }

    /// <summary>The commands of a card of ours.</summary>
    public static IEnumerable<string> Steps(string card) => card.Split('\n')
        .SkipWhile(line => line != Heading)
        .SkipWhile(line => !line.StartsWith("```", StringComparison.Ordinal))
        .Skip(1)
        .TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal));
}
