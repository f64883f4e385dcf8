using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.Glue;

/// <summary>
/// GLUE as the data set <c>glue</c> of the hub: one Parquet file a split, texts under the names of their columns, labels as indices, -1 where
/// there is none.
/// </summary>
internal static class GlueParquet
{
    private static readonly (string First, string? Second)[] Texts =
    [
        ("sentence1", "sentence2"), ("question1", "question2"), ("premise", "hypothesis"), ("question", "sentence"), ("sentence", null),
    ];

    /// <summary>The file of a split: <c>TASK/validation-00000-of-00001.parquet</c>, or <c>TASK/validation/0000.parquet</c>.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidInputException">There are several: <c>ambiguous-file</c>.</exception>
    public static string? Find(string folder, GlueTask task, GlueSplit split)
    {
        string name = split switch
        {
            GlueSplit.Train => "train",
            GlueSplit.Dev => task.HasMismatched ? "validation_matched" : "validation",
            GlueSplit.DevMismatched => "validation_mismatched",
            GlueSplit.Test => task.HasMismatched ? "test_matched" : "test",
            _ => "test_mismatched",
        };
        foreach (string place in new[] { Path.Combine(folder, task.Name), folder })
        {
            string[] found = [.. Files(place, $"{name}-*.parquet"), .. Files(Path.Combine(place, name), "*.parquet")];
            if (found.Length > 0)
            {
                return found.Length == 1 ? found[0] : throw new DatasetException("ambiguous-file", $"There are several files of {task.Name} in '{place}'.")
                {
                    File = place,
                    Found = string.Join(", ", found.Select(Path.GetFileName)),
                    Expected = $"one file of the split {name}",
                    Hint = "Keep one file of the split.",
                };
            }
        }

        return null;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidInputException">It is damaged, or not of this task.</exception>
    public static GlueDataset Read(string path, GlueTask task, GlueSplit split, CancellationToken cancellationToken)
    {
        using var table = ParquetTable.Open(path);
        var columns = task.Columns(split);
        var (first, second) = Texts.FirstOrDefault(pair =>
            pair.Second is null == columns.TextB is null
            && table.Columns.Contains(pair.First)
            && (pair.Second is null || table.Columns.Contains(pair.Second)));
        if (first is null)
        {
            throw new DatasetException("missing-column", $"'{path}' does not have the columns of {task.Name}.")
            {
                File = path,
                Found = string.Join(", ", table.Columns),
                Expected = string.Join(" or ", Texts.Where(pair => pair.Second is null == columns.TextB is null)
                    .Select(pair => $"{pair.First}, {pair.Second}".TrimEnd(',', ' '))),
                Hint = "Check that this is the file of the task.",
            };
        }

        var examples = new List<GlueExample>();
        foreach (var row in table.Rows())
        {
            cancellationToken.ThrowIfCancellationRequested();
            int number = examples.Count + 1;
            var (label, score) = columns.Label is null ? (null, null) : Label(row, task, path, number);
            examples.Add(new GlueExample(Text(first)!, second is null ? null : Text(second), label, score));

            string Text(string column) => row[column] is JsonValue value && value.GetValueKind() == JsonValueKind.String
                ? value.GetValue<string>()
                : throw Malformed(path, number, column, $"no text in '{column}'", "a text");
        }

        return new GlueDataset(task, split, path, examples, 0);
    }

    private static (int? Label, double? Score) Label(JsonObject row, GlueTask task, string path, int number)
    {
        if (row["label"] is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
        {
            throw Malformed(path, number, "label", $"{row["label"]}", task.KnownLabels);
        }

        double read = double.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
        return task.IsRegression && read is >= 0 and <= 5 ? (null, read)
            : !task.IsRegression && read % 1 == 0 && read >= 0 && read < task.Labels.Count ? ((int)read, null)
            : throw Malformed(path, number, "label", FormattableString.Invariant($"{read}"), task.KnownLabels);
    }

    private static DatasetException Malformed(string path, int row, string column, string found, string expected) =>
        new("malformed-row", $"Row {row} of '{path}' is not as the rows of this file should be.")
        {
            File = path,
            Line = row,
            Found = found,
            Expected = $"{column}: {expected}",
            Hint = "Check that this is the file of the task.",
        };

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal) : [];
}
