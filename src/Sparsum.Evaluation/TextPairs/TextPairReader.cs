using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.TextPairs;

/// <summary>
/// Reads pairs of texts: CSV with a header, JSON lines or Parquet with two columns (of translations also
/// <c>{"translation": {"de": "…", "en": "…"}}</c>), or two files of which each line belongs to the same line of the other;
/// a line that is empty in both is left out.
/// </summary>
public static class TextPairReader
{
    /// <summary>Reads one split.</summary>
    /// <param name="path">The folder of the files, which are found by their names; or the one file itself.</param>
    /// <param name="task">The task.</param>
    /// <param name="split">The split.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    /// <exception cref="DatasetException">A file or column is missing, a text is empty, or two files differ in their number of lines.</exception>
    /// <exception cref="InvalidInputException">A file is no text, or a line no JSON.</exception>
    public static TextPairSet Read(string path, TextPairTask task, TextPairSplit split, CancellationToken cancellationToken = default)
    {
        var files = TextPairFiles.Find(path, task, split);
        var pairs = new List<TextPair>();
        int empty = 0;
        foreach (var (line, source, target) in files.Count == 2 ? Aligned(files[0], files[1]) : Rows(files[0], task))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (files.Count == 2 && string.IsNullOrWhiteSpace(source) && string.IsNullOrWhiteSpace(target))
            {
                empty++;
                continue;
            }

            pairs.Add(new TextPair(
                Require(source, files[0], line, "empty-source", $"a text to read in '{task.Source}'"),
                Require(target, files[^1], line, "empty-reference", $"a text to write in '{task.Target}'")));
        }

        return pairs.Count > 0
            ? new TextPairSet(task, split, files, pairs, empty)
            : throw new DatasetException("empty-dataset", $"'{files[0]}' holds no examples.")
            {
                File = files[0],
                Expected = $"examples of {task.Name}",
                Hint = "Give a file that is not empty.",
            };
    }

    /// <summary>Both files are counted before any pair is used: a pair behind a line that is missing would be a wrong one.</summary>
    private static IEnumerable<(int Line, string? Source, string? Target)> Aligned(string source, string target)
    {
        var (sources, targets) = (Lines(source), Lines(target));
        if (sources.Count != targets.Count)
        {
            var (longer, shorter) = sources.Count > targets.Count ? (source, target) : (target, source);
            int first = Math.Min(sources.Count, targets.Count) + 1;
            throw new DatasetException("misaligned-files", $"'{source}' and '{target}' do not have as many lines.")
            {
                File = longer,
                Line = FirstEmpty(sources, targets) ?? first,
                Found = $"{sources.Count} lines in '{source}', {targets.Count} in '{target}'",
                Expected = "as many lines in both, line by line the same text",
                Hint = $"Line {first} of '{longer}' has no counterpart in '{shorter}'."
                    + (FirstEmpty(sources, targets) is { } empty ? $" Look at line {empty}, which is empty in one of them." : ""),
            };
        }

        return sources.Zip(targets).Select((pair, index) => (index + 1, (string?)pair.First, (string?)pair.Second));
    }

    private static int? FirstEmpty(List<string> sources, List<string> targets)
    {
        int index = sources.Zip(targets).TakeWhile(pair => string.IsNullOrWhiteSpace(pair.First) == string.IsNullOrWhiteSpace(pair.Second)).Count();
        return index < Math.Min(sources.Count, targets.Count) ? index + 1 : null;
    }

    // Line ends that only some programs know, such as U+2028, are text: else the two files would fall out of step.
    private static List<string> Lines(string path)
    {
        string text = StrictText.Read(path);
        List<string> lines = [.. text.Split('\n')];
        if (lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    private static IEnumerable<(int Line, string? Source, string? Target)> Rows(string file, TextPairTask task)
    {
        bool isParquet = StrictText.Identify(file) is { } kind
            ? kind == FileSignature.Parquet ? true : throw StrictText.Refused(file, kind)
            : false;
        return isParquet ? ParquetRows(file, task)
            : Path.GetFileName(file).Split('.').Contains("csv", StringComparer.OrdinalIgnoreCase) ? CsvRows(file, task)
            : JsonRows(file, task);
    }

    private static IEnumerable<(int Line, string? Source, string? Target)> CsvRows(string file, TextPairTask task)
    {
        (int Source, int Target)? columns = null;
        foreach (var (line, cells) in CsvFile.Read(file))
        {
            if (columns is { } found)
            {
                yield return (line, cells[found.Source], cells[found.Target]);
                continue;
            }

            string[] missing = [.. new[] { task.Source, task.Target }.Except(cells)];
            columns = missing.Length == 0
                ? (Array.IndexOf(cells, task.Source), Array.IndexOf(cells, task.Target))
                : throw MissingColumn(file, line, missing, string.Join(", ", cells), task);
        }
    }

    private static IEnumerable<(int Line, string? Source, string? Target)> JsonRows(string file, TextPairTask task)
    {
        int line = 0;
        foreach (string text in StrictText.ReadLines(file))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            var row = JsonRow.TryParse(text)
                ?? throw JsonRow.Malformed(file, line, text, $"{{\"{task.Source}\": \"…\", \"{task.Target}\": \"…\"}}");
            if (task.IsTranslation && row.ValueKind == JsonValueKind.Object && row.TryGetProperty(task.Name, out var inner))
            {
                row = inner;
            }

            string[] missing = [.. new[] { task.Source, task.Target }.Where(name => JsonRow.String(row, name) is null)];
            yield return missing.Length == 0
                ? (line, JsonRow.String(row, task.Source), JsonRow.String(row, task.Target))
                : throw MissingColumn(file, line, missing, JsonRow.Describe(row), task);
        }
    }

    private static IEnumerable<(int Line, string? Source, string? Target)> ParquetRows(string file, TextPairTask task)
    {
        using var table = ParquetTable.Open(file);
        string prefix = task.IsTranslation && table.Columns.Contains($"{task.Name}.{task.Source}") ? $"{task.Name}." : "";
        string[] names = [prefix + task.Source, prefix + task.Target];
        string[] missing = [.. names.Except(table.Columns)];
        if (missing.Length > 0)
        {
            throw MissingColumn(file, 1, missing, string.Join(", ", table.Columns), task);
        }

        int row = 0;
        foreach (var values in table.Rows())
        {
            var place = prefix.Length > 0 ? values[task.Name] as JsonObject : values;
            yield return (++row, Text(place, task.Source), Text(place, task.Target));
        }
    }

    private static string? Text(JsonObject? row, string name) => row?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static DatasetException MissingColumn(string file, int line, string[] missing, string found, TextPairTask task) =>
        new("missing-column", $"Line {line} of '{file}' has no {string.Join(" and no ", missing.Select(name => $"'{name}'"))}.")
        {
            File = file,
            Line = line,
            Found = found,
            Expected = $"{task.Source} and {task.Target}",
            Hint = task.IsTranslation
                ? "Name the keys of the two languages as `source-language` and `target-language`."
                : "Name the columns as `source-column` and `target-column`.",
        };

    private static string Require(string? text, string file, int line, string code, string expected) => string.IsNullOrWhiteSpace(text)
        ? throw new DatasetException(code, $"Line {line} of '{file}' has nothing where a text belongs.")
        {
            File = file,
            Line = line,
            Found = "no text",
            Expected = expected,
            Hint = "Complete the example or leave it out; of two aligned files, out of both.",
        }
        : text;
}
