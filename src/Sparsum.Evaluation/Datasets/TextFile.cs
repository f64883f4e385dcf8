using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Evaluation.Datasets;

/// <summary>
/// Text read from disk: JSON lines with a <c>text</c> field give one document each, anything else is one document. A leading byte order
/// mark is not part of the text.
/// </summary>
public sealed class TextFile
{
    private TextFile(string path, bool isJsonLines, IReadOnlyList<string> documents)
    {
        Path = path;
        IsJsonLines = isJsonLines;
        Documents = documents;
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Whether the file is <c>.jsonl</c> or <c>.ndjson</c>.</summary>
    public bool IsJsonLines { get; }

    /// <summary>The documents in file order.</summary>
    public IReadOnlyList<string> Documents { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidInputException">
    /// The file is missing, empty, or a line is no JSON object with a string <c>text</c>.
    /// </exception>
    public static TextFile Read(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            throw new InvalidInputException("missing-file", $"There is no file '{path}'.") { File = path, Hint = "Check the path." };
        }

        bool isJsonLines = System.IO.Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson";
        var documents = isJsonLines ? ReadJsonLines(path) : [File.ReadAllText(path)];
        if (documents.All(string.IsNullOrWhiteSpace))
        {
            throw new InvalidInputException("empty-text", $"'{path}' holds no text.")
            {
                File = path,
                Expected = "text, or JSON lines with a field \"text\"",
                Hint = "Give a file with text in it.",
            };
        }

        return new TextFile(path, isJsonLines, documents);
    }

    /// <summary>SHA-256 of the file as it is on disk, in lower-case hexadecimal digits.</summary>
    public string ComputeSha256()
    {
        using var stream = File.OpenRead(Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static List<string> ReadJsonLines(string path)
    {
        var documents = new List<string>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                documents.Add(ReadText(path, number, line));
            }
        }

        return documents;
    }

    private static string ReadText(string path, int number, string line)
    {
        try
        {
            var json = StrictJson.Parse(Encoding.UTF8.GetBytes(line), path);
            if (json.ValueKind == JsonValueKind.Object
                && json.TryGetProperty("text", out var text)
                && text.ValueKind == JsonValueKind.String)
            {
                return text.GetString()!;
            }
        }
        catch (InvalidInputException)
        {
            // Reported below with the line number, as any other line without a text.
        }

        throw new InvalidInputException("malformed-json-line", $"Line {number} of '{path}' is no JSON object with a string \"text\".")
        {
            File = path,
            Found = line.Length > 80 ? line[..80] + "…" : line,
            Expected = "{\"text\": \"…\"}",
            Hint = "Mend or remove the line, or give the file another extension to read it as plain text.",
        };
    }
}
