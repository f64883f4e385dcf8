using System.IO.Enumeration;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>Finds the official file of a task below a folder.</summary>
internal static class ZeroShotFiles
{
    /// <summary>The one file that is scored: in the folder itself, or in the task's folder within it.</summary>
    /// <exception cref="InvalidInputException">There is none, or more than one.</exception>
    public static string Find(ZeroShotTask task, string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InvalidInputException("missing-folder", $"There is no folder '{folder}'.") { File = folder, Hint = "Check the path." };
        }

        string root = Path.GetFullPath(folder);
        var below = Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 })
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .ToList();
        string own = Path.GetFileName(Path.TrimEndingDirectorySeparator(root)).ToLowerInvariant();
        string[] folders = [.. task.Folders.Select(name => name + "/"), .. task.Folders.Contains(own) ? new[] { "" } : []];
        string[] found =
        [
            .. below.Where(path => folders.Any(start => path.StartsWith(start, StringComparison.OrdinalIgnoreCase)
                && task.Files.Any(name => FileSystemName.MatchesSimpleExpression(name, path.AsSpan(start.Length))))),
        ];
        return found.Length == 1
            ? Path.Combine(root, found[0])
            : throw new InvalidInputException(
                found.Length == 0 ? "missing-file" : "ambiguous-file",
                found.Length == 0 ? $"There is no file of {task.Name} in '{folder}'." : $"There are several files of {task.Name} in '{folder}'.")
            {
                File = folder,
                Found = found.Length == 0 ? null : string.Join(", ", found),
                Expected = $"one of {string.Join(", ", task.Files)} in a folder {string.Join(" or ", task.Folders)}",
                Hint = "Name the folder that holds the task's folder, and keep one file of the split that is scored.",
            };
    }

    /// <summary>The lines of <c>valid-labels.lst</c> beside <c>valid.jsonl</c>, where PIQA keeps its answers; null where there is none.</summary>
    public static IEnumerable<string>? Labels(string path)
    {
        string beside = Path.ChangeExtension(path, null) + "-labels.lst";
        return File.Exists(beside) ? StrictText.ReadLines(beside) : null;
    }

    /// <summary>The row with the label of its own line.</summary>
    public static JsonElement WithLabel(JsonElement row, string label)
    {
        if (row.ValueKind != JsonValueKind.Object || row.TryGetProperty("label", out _))
        {
            return row.Clone();
        }

        var labelled = JsonNode.Parse(row.GetRawText())!.AsObject();
        labelled["label"] = label;
        using var json = JsonDocument.Parse(labelled.ToJsonString());
        return json.RootElement.Clone();
    }
}
