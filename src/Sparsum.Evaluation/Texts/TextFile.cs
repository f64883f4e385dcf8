using System.Security.Cryptography;
using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Evaluation.Texts;

/// <summary>
/// Text read from disk, for perplexity, calibration and training alike. What the file holds decides, not its name: JSON lines and Parquet
/// give one document a row, a JSON array of strings or objects one an element, and anything else that is UTF-8 is one document
/// (<see cref="StrictText"/>). JSON lines and text may be compressed with gzip.
/// </summary>
public sealed class TextFile
{
    /// <summary>The fields that hold text where none is named: that of nearly all data sets, and that of the Penn Treebank.</summary>
    private static readonly string[] DefaultColumns = ["text", "sentence"];

    private TextFile(string path, bool hasDocuments, IReadOnlyList<string> documents)
    {
        Path = path;
        HasDocuments = hasDocuments;
        Documents = documents;
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Whether the file is divided into documents: JSON lines, a JSON array, Parquet.</summary>
    public bool HasDocuments { get; }

    /// <summary>The documents in file order; one where the file is not divided.</summary>
    public IReadOnlyList<string> Documents { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="column">The field or column that holds the text; null takes <c>text</c>, or <c>sentence</c> where there is none.</param>
    /// <param name="limit">Most documents that are read; the file behind them is not looked at.</param>
    /// <exception cref="InvalidInputException">The file is missing, damaged, empty, no text, or has a row without text.</exception>
    public static TextFile Read(string path, string? column = null, int limit = int.MaxValue)
    {
        path = System.IO.Path.GetFullPath(path);
        var kind = StrictText.Identify(path);
        bool isParquet = kind == FileSignature.Parquet || (kind is null && System.IO.Path.GetExtension(path) == ".parquet");
        var (documents, hasDocuments) = isParquet ? (FromParquet(path, column, limit), true)
            : kind is not null ? throw StrictText.Refused(path, kind)
            : FromText(path, column, limit);
        return documents.IsBlank
            ? throw new InvalidInputException("empty-text", $"'{path}' holds no text.")
            {
                File = path,
                Expected = "text, or JSON lines or Parquet with a field \"text\"",
                Hint = "Give a file with text in it.",
            }
            : new TextFile(path, hasDocuments, documents);
    }

    /// <summary>Bytes of all documents in UTF-8: as many tokens at most, whatever the tokenizer.</summary>
    public long Bytes => ((PackedTexts)Documents).Bytes;

    /// <summary>SHA-256 of the file as it is on disk, in lower-case hexadecimal digits.</summary>
    public string ComputeSha256()
    {
        using var stream = File.OpenRead(Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static PackedTexts FromParquet(string path, string? column, int limit)
    {
        using var table = ParquetTable.Open(path);
        string? name = (column is null ? DefaultColumns : [column]).FirstOrDefault(table.Columns.Contains);
        if (name is null)
        {
            throw new InvalidInputException("missing-column", $"'{path}' has no column '{column ?? DefaultColumns[0]}'.")
            {
                File = path,
                Found = $"the columns {string.Join(", ", table.Columns)}",
                Expected = $"a column '{column ?? DefaultColumns[0]}' of strings",
                Hint = "Name the column that holds the text.",
            };
        }

        var documents = new PackedTexts();
        foreach (string? text in table.Strings(name).Take(limit))
        {
            documents.Add(text ?? throw JsonRow.Malformed(path, documents.Count + 1, "no text", $"a string in column '{name}'"));
        }

        return documents;
    }

    private static (PackedTexts Documents, bool HasDocuments) FromText(string path, string? column, int limit)
    {
        string extension = System.IO.Path.GetExtension(WithoutGzip(path)).ToLowerInvariant();
        string first = StrictText.ReadLines(path).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line), "").TrimStart();
        bool isNamedLines = extension is ".jsonl" or ".ndjson";
        bool mayBeJson = first.StartsWith('{') || first.StartsWith('[');
        if (isNamedLines || (first.StartsWith('{') && IsObject(first)))
        {
            return (FromLines(path, column, limit), true);
        }

        string text = StrictText.Read(path);
        if (mayBeJson && JsonRow.TryParse(text) is { } json)
        {
            return (FromElements(path, column, limit, json), true);
        }

        if (extension == ".json")
        {
            throw new InvalidInputException("malformed-json", $"'{path}' is named as JSON and is none.")
            {
                File = path,
                Found = first.Length > 80 ? first[..80] + "…" : first,
                Expected = "JSON lines with a field \"text\", or an array of texts",
                Hint = "Mend the file, or give it another extension to read it as plain text.",
            };
        }

        if (column is not null)
        {
            throw new InvalidInputException("conflicting-options", $"'{path}' is plain text and has no column '{column}'.")
            {
                File = path,
                Hint = "Leave the column out.",
            };
        }

        var documents = new PackedTexts();
        documents.Add(text);
        return (documents, false);
    }

    private static PackedTexts FromLines(string path, string? column, int limit)
    {
        var documents = new PackedTexts();
        int number = 0;
        foreach (string line in StrictText.ReadLines(path))
        {
            number++;
            if (documents.Count == limit)
            {
                break;
            }

            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var json = JsonRow.TryParse(line) ?? throw JsonRow.Malformed(path, number, line, Expected(column));
            column ??= DefaultColumn(json);
            documents.Add(JsonRow.String(json, column) ?? throw Missing(path, number, json, column));
        }

        return documents;
    }

    private static PackedTexts FromElements(string path, string? column, int limit, JsonElement root)
    {
        var documents = new PackedTexts();
        IEnumerable<JsonElement> elements = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : [root];
        foreach (var element in elements.Take(limit))
        {
            if (element.ValueKind == JsonValueKind.String)
            {
                documents.Add(element.GetString()!);
                continue;
            }

            column ??= DefaultColumn(element);
            documents.Add(JsonRow.String(element, column) ?? throw new InvalidInputException("malformed-json", $"'{path}' is JSON without text.")
            {
                File = path,
                Found = JsonRow.Describe(element),
                Expected = $"an array of texts, or of objects with a string \"{column}\"",
                Hint = "Write the texts as JSON lines with a field \"text\".",
            });
        }

        return documents;
    }

    private static bool IsObject(string line) => JsonRow.TryParse(line) is { ValueKind: JsonValueKind.Object };

    private static string WithoutGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;

    private static string DefaultColumn(JsonElement row) => row.ValueKind == JsonValueKind.Object
        ? DefaultColumns.FirstOrDefault(name => row.TryGetProperty(name, out _), DefaultColumns[0])
        : DefaultColumns[0];

    private static string Expected(string? column) => $"{{\"{column ?? DefaultColumns[0]}\": \"…\"}}";

    private static InvalidInputException Missing(string path, int number, JsonElement row, string column) =>
        JsonRow.Malformed(path, number, JsonRow.Describe(row), Expected(column));
}
