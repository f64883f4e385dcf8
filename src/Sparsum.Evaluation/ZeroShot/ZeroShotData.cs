using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>The documents of a task, read from its official file.</summary>
public sealed class ZeroShotData
{
    private ZeroShotData(ZeroShotTask task, string path, int first, IReadOnlyList<ZeroShotDocument> documents)
    {
        Task = task;
        Path = path;
        First = first;
        Documents = documents;
    }

    /// <summary>The task.</summary>
    public ZeroShotTask Task { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Index in the file of the first document here.</summary>
    public int First { get; }

    /// <summary>The documents in the order of the file.</summary>
    public IReadOnlyList<ZeroShotDocument> Documents { get; }

    /// <summary>Reads a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="folder">The folder of the task's files, or the one that holds a folder for each task.</param>
    /// <param name="first">Index of the first document.</param>
    /// <param name="last">Index of the last document, itself included; null or beyond the end reads to the end.</param>
    /// <exception cref="InvalidInputException">The file is missing or there are several, a row lacks a field, or the range is empty.</exception>
    public static ZeroShotData Read(ZeroShotTask task, string folder, int first = 0, int? last = null) =>
        ReadFile(task, ZeroShotFiles.Find(task, folder), first, last);

    /// <summary>Reads a task from a file that is named itself.</summary>
    /// <param name="task">The task.</param>
    /// <param name="path">The file of the split that is scored.</param>
    /// <param name="first">Index of the first document.</param>
    /// <param name="last">Index of the last document, itself included; null or beyond the end reads to the end.</param>
    /// <exception cref="InvalidInputException">The file is missing, a row lacks a field, or the range is empty.</exception>
    public static ZeroShotData ReadFile(ZeroShotTask task, string path, int first = 0, int? last = null)
    {
        var documents = Rows(path, task)
            .Skip(first)
            .Take(last is { } end and < int.MaxValue ? end - first + 1 : int.MaxValue)
            .Select(task.Read)
            .ToList();
        return documents.Count > 0
            ? new ZeroShotData(task, path, first, documents)
            : throw new InvalidInputException("documents-out-of-range", $"'{path}' has no document {first}.")
            {
                Option = "documents",
                Found = FormattableString.Invariant($"{first}.."),
                Hint = "Documents are counted from 0.",
            };
    }

    /// <summary>SHA-256 of the file as it is on disk, in lower-case hexadecimal digits.</summary>
    public string ComputeSha256()
    {
        using var stream = File.OpenRead(Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>SHA-256 of all contexts and continuations as they are sent, each behind its length.</summary>
    public string ComputePromptSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in Documents.SelectMany(document => document.Requests).SelectMany(request => new[] { request.Context, request.Continuation }))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<TaskRow> Rows(string path, ZeroShotTask task)
    {
        if (StrictText.Identify(path) == FileSignature.Parquet)
        {
            using var table = ParquetTable.Open(path);
            int row = 0;
            foreach (var item in table.Rows())
            {
                using var json = JsonDocument.Parse(item.ToJsonString());
                yield return new TaskRow(path, ++row, json.RootElement.Clone());
            }

            yield break;
        }

        using var labels = ZeroShotFiles.Labels(path)?.GetEnumerator();
        int line = 0;
        foreach (string text in StrictText.ReadLines(path))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            var json = JsonRow.TryParse(text) ?? throw JsonRow.Malformed(path, line, text, $"a JSON object of {task.Name}");
            yield return labels is null
                ? new TaskRow(path, line, json)
                : new TaskRow(path, line, ZeroShotFiles.WithLabel(json, labels.MoveNext() ? labels.Current.Trim() : ""));
        }
    }
}
