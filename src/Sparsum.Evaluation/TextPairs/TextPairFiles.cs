using Sparsum.Evaluation.Datasets;

namespace Sparsum.Evaluation.TextPairs;

/// <summary>
/// Finds the files of a split by their names: <c>train.csv</c>, <c>cnn_dailymail_validation_500.csv</c>, <c>val.de</c> with <c>val.en</c>,
/// <c>src-train.txt</c> with <c>tgt-train.txt</c>. A name is what stands between its dots, hyphens and underscores.
/// </summary>
internal static class TextPairFiles
{
    private static readonly string[] RowEndings = ["csv", "jsonl", "ndjson", "json", "parquet"];

    /// <summary>The files: two, source and target, where they are aligned by lines, else one of rows.</summary>
    /// <exception cref="DatasetException">There is none, or more than one that fits.</exception>
    public static IReadOnlyList<string> Find(string path, TextPairTask task, TextPairSplit split)
    {
        if (File.Exists(path))
        {
            return [Path.GetFullPath(path)];
        }

        if (!Directory.Exists(path))
        {
            throw new DatasetException("missing-file", $"There is no folder or file '{path}'.") { File = path, Hint = "Check the path." };
        }

        string[] words = Words(split);
        string[] ofSplit = [.. Directory.EnumerateFiles(path).Where(file => Parts(file).Any(words.Contains)).Order(StringComparer.Ordinal)];
        if (task.IsTranslation)
        {
            var sources = Named(ofSplit, task.Source);
            var targets = Named(ofSplit, task.Target);
            if (sources.Count + targets.Count > 0)
            {
                return [One(sources, path, task, split, task.Source), One(targets, path, task, split, task.Target)];
            }
        }

        return [One([.. ofSplit.Where(file => Parts(file).Any(RowEndings.Contains))], path, task, split, null)];
    }

    private static List<string> Named(IEnumerable<string> files, string language) =>
        [.. files.Where(file => !Parts(file).Any(RowEndings.Contains) && Parts(file).Contains(language, StringComparer.OrdinalIgnoreCase))];

    private static string One(IReadOnlyList<string> files, string folder, TextPairTask task, TextPairSplit split, string? language)
    {
        string what = language is null ? $"the {NameOf(split)} split of {task.Name}" : $"the {NameOf(split)} split in '{language}'";
        return files.Count == 1
            ? Path.GetFullPath(files[0])
            : throw new DatasetException(files.Count == 0 ? "missing-file" : "ambiguous-files", $"'{folder}' does not hold one file of {what}.")
            {
                File = folder,
                Found = files.Count == 0 ? "none" : string.Join(", ", files.Select(Path.GetFileName)),
                Expected = Example(task, split),
                Hint = files.Count == 0 ? "Give the folder that holds it, or name it so." : "Leave one of them in the folder.",
            };
    }

    private static string Example(TextPairTask task, TextPairSplit split)
    {
        string name = Words(split)[0];
        return task.IsTranslation
            ? $"{name}.{task.Source} and {name}.{task.Target}, or {name}.jsonl, {name}.csv or {name}.parquet with both"
            : $"{name}.csv, {name}.jsonl or {name}.parquet";
    }

    private static string NameOf(TextPairSplit split) => Words(split)[0];

    private static string[] Words(TextPairSplit split) => split switch
    {
        TextPairSplit.Train => ["train"],
        TextPairSplit.Validation => ["validation", "valid", "val", "dev"],
        _ => ["test"],
    };

    private static string[] Parts(string file) => Path.GetFileName(file).ToLowerInvariant().Split('.', '-', '_');
}
