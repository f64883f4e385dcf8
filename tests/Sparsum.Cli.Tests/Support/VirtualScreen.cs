using System.Globalization;
using System.Text.RegularExpressions;

namespace Sparsum.Cli.Tests.Support;

/// <summary>What a terminal of some width shows after it was sent a text: cursor movements, erasing, and lines that are too long.</summary>
internal sealed partial class VirtualScreen
{
    private readonly List<char[]> lines = [];
    private readonly int width;
    private int row;
    private int column;

    public VirtualScreen(string sent, int width)
    {
        this.width = width;
        foreach (Match token in Tokens().Matches(sent))
        {
            if (token.Groups["command"].Success)
            {
                Obey(token.Groups["command"].Value[0], int.TryParse(token.Groups["count"].Value, CultureInfo.InvariantCulture, out int count) ? count : null);
            }
            else if (token.Length == 1)
            {
                Show(token.Value[0]);
            }
        }
    }

    /// <summary>The lines without blanks at their ends.</summary>
    public IReadOnlyList<string> Lines => [.. lines.Select(line => new string(line).TrimEnd())];

    /// <summary>Lines that went on in the next one because they were too long.</summary>
    public int Wraps { get; private set; }

    private char[] Line
    {
        get
        {
            while (lines.Count <= row)
            {
                char[] line = new char[width];
                Array.Fill(line, ' ');
                lines.Add(line);
            }

            return lines[row];
        }
    }

    private void Show(char character)
    {
        switch (character)
        {
            case '\r':
                column = 0;
                break;
            case '\n':
                row++;
                break;
            case >= ' ':
                if (column == width)
                {
                    (row, column) = (row + 1, 0);
                    Wraps++;
                }

                Line[column++] = character;
                break;
        }
    }

    private void Obey(char command, int? count)
    {
        switch (command)
        {
            case 'A':
                row = Math.Max(0, row - (count ?? 1));
                break;
            case 'B':
                row += count ?? 1;
                break;
            case 'K':
                Line.AsSpan(count == 2 ? 0 : Math.Min(column, width)).Fill(' ');
                break;
            case 'J':
                Line.AsSpan(Math.Min(column, width)).Fill(' ');
                lines.RemoveRange(row + 1, lines.Count - row - 1);
                break;
        }
    }

    [GeneratedRegex(@"\x1b\[\??(?<count>[0-9]*)[0-9;]*(?<command>[A-Za-z])|\x1b.|[\s\S]")]
    private static partial Regex Tokens();
}
