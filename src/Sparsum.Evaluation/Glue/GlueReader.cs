using Sparsum.Evaluation.Datasets;

namespace Sparsum.Evaluation.Glue;

/// <summary>
/// Reads GLUE tasks in the layout in which the benchmark is published, one folder per task and tab-separated files, or as Parquet in that of the
/// hub.
/// </summary>
public static class GlueReader
{
    /// <summary>Reads one split.</summary>
    /// <param name="folder">The folder of the task, or the folder that holds the folders of all tasks.</param>
    /// <param name="task">The task.</param>
    /// <param name="split">The split; test splits come without labels.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DatasetException">The file is missing, empty, or a line does not have the layout of the task.</exception>
    /// <exception cref="ArgumentException">The task has no such split.</exception>
    public static GlueDataset Read(string folder, GlueTask task, GlueSplit split, CancellationToken cancellationToken = default)
    {
        string? path = Candidates(folder, task, split).FirstOrDefault(File.Exists);
        if (path is null)
        {
            return GlueParquet.Find(folder, task, split) is { } table
                ? NotEmpty(GlueParquet.Read(table, task, split, cancellationToken))
                : throw Missing(folder, task, split);
        }

        var columns = task.Columns(split);
        int? width = columns.HasHeader ? null : columns.MinimumCount;
        var examples = new List<GlueExample>();
        int skipped = 0;
        foreach (var row in TsvFile.Read(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (width is not { } expected)
            {
                CheckHeader(path, row, task, columns);
                width = row.Cells.Length;
            }
            else if (row.Cells.Length < expected && task.SkipsShortRows)
            {
                skipped++;
            }
            else
            {
                examples.Add(ReadExample(path, row, expected, task, columns));
            }
        }

        return NotEmpty(new GlueDataset(task, split, path, examples, skipped));
    }

    private static GlueDataset NotEmpty(GlueDataset dataset) => dataset.Examples.Count > 0
        ? dataset
        : throw new DatasetException("empty-dataset", $"'{dataset.Path}' holds no examples.")
        {
            File = dataset.Path,
            Expected = $"examples of {dataset.Task.Name}",
            Hint = "Fetch the file again.",
        };

    private static string[] Candidates(string folder, GlueTask task, GlueSplit split)
    {
        string name = task.FileName(split);
        return [Path.GetFullPath(Path.Combine(folder, task.Folder, name)), Path.GetFullPath(Path.Combine(folder, name))];
    }

    private static DatasetException Missing(string folder, GlueTask task, GlueSplit split)
    {
        string name = task.FileName(split);
        return new DatasetException("missing-file", $"There is no file '{name}' of {task.Name} in '{folder}'.")
        {
            File = folder,
            Expected = string.Join(" or ", Candidates(folder, task, split)),
            Hint = $"Give the folder that holds {name}, or the one that holds {task.Folder}.",
        };
    }

    private static void CheckHeader(string path, TsvRow row, GlueTask task, GlueColumns columns)
    {
        if (row.Cells.Length < columns.MinimumCount)
        {
            throw ColumnCount(path, row, $"at least {columns.MinimumCount} columns", task);
        }

        if (columns.Label is { } label && task.TryParse(row.Cells[label], out _, out _))
        {
            throw new DatasetException("missing-header", $"Line 1 of '{path}' is an example where {task.Name} has a header.")
            {
                File = path,
                Line = row.Line,
                Found = row.Cells[label],
                Expected = "the names of the columns",
                Hint = "Put the line with the names of the columns back.",
            };
        }
    }

    private static GlueExample ReadExample(string path, TsvRow row, int width, GlueTask task, GlueColumns columns)
    {
        if (row.Cells.Length != width)
        {
            throw ColumnCount(path, row, $"{width} columns", task);
        }

        int? label = null;
        double? score = null;
        if (columns.Label is { } column && !task.TryParse(row.Cells[column], out label, out score))
        {
            throw new DatasetException("unknown-label", $"Line {row.Line} of '{path}' has a label that {task.Name} does not know.")
            {
                File = path,
                Line = row.Line,
                Found = row.Cells[column],
                Expected = task.KnownLabels,
                Hint = columns.HasHeader || row.Line > 1 ? $"Check that this is {task.Name} as published." : "This file has no header.",
            };
        }

        return new GlueExample(row.Cells[columns.TextA], columns.TextB is { } second ? row.Cells[second] : null, label, score);
    }

    private static DatasetException ColumnCount(string path, TsvRow row, string expected, GlueTask task) =>
        new("column-count", $"Line {row.Line} of '{path}' has {row.Cells.Length} columns.")
        {
            File = path,
            Line = row.Line,
            Found = $"{row.Cells.Length} columns",
            Expected = expected,
            Hint = $"Check that this is {task.Name} as published, with tabs between the columns.",
        };
}
