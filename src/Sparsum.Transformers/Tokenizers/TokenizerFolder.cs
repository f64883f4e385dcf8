using System.Globalization;
using System.Text.Json;
using Sparsum.Core;
using Sparsum.Transformers.Checkpoints.Gguf;

namespace Sparsum.Transformers.Tokenizers;

/// <summary>Reads the files of a tokenizer's folder; every failure is a <see cref="TokenizerException"/> that names the file.</summary>
internal sealed class TokenizerFolder(string path)
{
    /// <summary>Ids above this are refused: no vocabulary is that large, and tables are made as large as the largest id.</summary>
    public const int LargestId = 1 << 24;

    private const long LargestFile = 1L << 30;

    // What the metadata of a GGUF file stand for, as far as it was asked for.
    private readonly Dictionary<string, byte[]?> made = new(StringComparer.Ordinal);
    private readonly bool isGguf = GgufModelFiles.Find(path) is not null;

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>Full path of a file.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(path, name);

    /// <summary>Whether the folder has a file.</summary>
    public bool Has(string name) => isGguf ? Made(name) is not null : File.Exists(PathOf(name));

    /// <summary>The bytes of a file.</summary>
    public byte[] ReadBytes(string name)
    {
        string file = PathOf(name);
        try
        {
            if (isGguf && Made(name) is { } bytes)
            {
                return bytes;
            }

            // Pipes and devices have no length, and opening one may wait for ever.
            return new FileInfo(RealPath.Of(file)).Length switch
            {
                0 => [],
                <= LargestFile => File.ReadAllBytes(file),
                _ => throw TokenizerException.Malformed(file, "The file is too large for a tokenizer."),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException("tokenizer-unreadable", "A file of the tokenizer cannot be read.", error) { File = file };
        }
    }

    /// <summary>A JSON object, or null if the file is absent.</summary>
    public JsonElement? ReadJson(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        try
        {
            var root = StrictJson.Parse(ReadBytes(name), PathOf(name));
            return root.ValueKind == JsonValueKind.Object
                ? root
                : throw TokenizerException.Malformed(PathOf(name), "The file is JSON but no object.");
        }
        catch (InvalidInputException error) when (error is not TokenizerException)
        {
            throw TokenizerException.Malformed(PathOf(name), $"The file is not the JSON that is expected: {error.Found}", error);
        }
    }

    /// <summary>A JSON object.</summary>
    public JsonElement RequireJson(string name) => ReadJson(name) ?? throw TokenizerException.Missing(path, name);

    /// <summary>A token id written in a file.</summary>
    public int Id(string text, string name) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id <= LargestId
            ? id
            : throw TokenizerException.Malformed(PathOf(name), $"'{text}' is no token id.");

    private byte[]? Made(string name) =>
        made.TryGetValue(name, out byte[]? bytes) ? bytes : made[name] = GgufModelFiles.Read(PathOf(name));
}
