using System.Text;
using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.TextPairs;

/// <summary>
/// Comma-separated values as RFC 4180 has them: cells in quotation marks may hold commas, line ends and, doubled, quotation marks. Strict:
/// a row of another width than the header, and a quotation mark that does not fit, are errors with their line.
/// </summary>
internal static class CsvFile
{
    /// <summary>The rows, header included, each with the line on which it begins.</summary>
    /// <exception cref="DatasetException">A row breaks the rules.</exception>
    public static IEnumerable<(int Line, string[] Cells)> Read(string path)
    {
        string text = StrictText.Read(path);
        int width = -1;
        int line = 1;
        var cells = new List<string>();
        for (int position = 0; position < text.Length;)
        {
            int first = line;
            cells.Clear();
            bool isRowOver = false;
            while (!isRowOver)
            {
                cells.Add(text.Length > position && text[position] == '"'
                    ? Quoted(path, text, ref position, ref line)
                    : Plain(path, text, ref position, line));
                isRowOver = position >= text.Length || text[position] == '\n';
                position++;
            }

            line++;
            if (cells is [""])
            {
                continue;
            }

            width = width < 0 ? cells.Count : width;
            yield return cells.Count == width ? (first, [.. cells]) : throw new DatasetException(
                "column-count", $"Line {first} of '{path}' has {cells.Count} cells.")
            {
                File = path,
                Line = first,
                Found = $"{cells.Count} cells",
                Expected = $"{width} cells, as in the header",
                Hint = "Put cells with commas or line ends in quotation marks.",
            };
        }
    }

    private static string Plain(string path, string text, ref int position, int line)
    {
        int end = text.AsSpan(position).IndexOfAny(',', '\n');
        end = end < 0 ? text.Length : position + end;
        string cell = text[position..end];
        position = end;
        return cell.Contains('"') ? throw Malformed(path, line, "a quotation mark within a cell that does not begin with one") : cell;
    }

    private static string Quoted(string path, string text, ref int position, ref int line)
    {
        int first = line;
        var cell = new StringBuilder();
        for (position++; ; position++)
        {
            int end = text.IndexOf('"', position);
            if (end < 0)
            {
                throw Malformed(path, first, "a quotation mark that is never closed");
            }

            var part = text.AsSpan(position, end - position);
            line += part.Count('\n');
            cell.Append(part);
            position = end + 1;
            if (position >= text.Length || text[position] is ',' or '\n')
            {
                return cell.ToString();
            }

            if (text[position] != '"')
            {
                throw Malformed(path, line, "text behind a closing quotation mark");
            }

            cell.Append('"');
        }
    }

    private static DatasetException Malformed(string path, int line, string found) => new("malformed-csv", $"Line {line} of '{path}' is no CSV.")
    {
        File = path,
        Line = line,
        Found = found,
        Expected = "cells between commas, with quotation marks around those that hold commas, line ends or quotation marks, which are doubled",
        Hint = $"Mend line {line}.",
    };
}
