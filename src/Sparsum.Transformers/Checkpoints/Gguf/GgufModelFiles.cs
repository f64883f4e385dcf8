using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers.Gguf;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>
/// A GGUF file as a model folder in Hugging Face layout: the files that would lie beside the weights are made from its metadata when they
/// are asked for.
/// </summary>
internal static class GgufModelFiles
{
    /// <summary>How the names of such files end.</summary>
    public const string Extension = ".gguf";

    private static readonly string[] Names = ["config.json", "generation_config.json", .. GgufTokenizerFiles.Names];

    /// <summary>The GGUF file that a model is: the path itself, or the one file in a folder without <c>config.json</c>.</summary>
    /// <returns>Null where the path is no such model.</returns>
    /// <exception cref="InvalidInputException">The folder has several.</exception>
    public static string? Find(string model)
    {
        if (File.Exists(model))
        {
            return IsGguf(model) ? model : null;
        }

        if (!Directory.Exists(model) || File.Exists(Path.Combine(model, "config.json")))
        {
            return null;
        }

        // The parts of one split file count as one.
        string[] files = [.. Directory.EnumerateFiles(model).Where(IsGguf).Select(GgufParts.First).Distinct().Order(StringComparer.Ordinal)];
        return files.Length <= 1
            ? files.FirstOrDefault()
            : throw new InvalidInputException("several-gguf-files", $"'{model}' holds several GGUF files.")
            {
                File = model,
                Found = string.Join(", ", files.Take(10).Select(Path.GetFileName)),
                Expected = "one",
                Hint = "Name the file instead of the folder.",
            };
    }

    /// <summary>The bytes of the file that a path below a GGUF model names.</summary>
    /// <returns>Null where the path is of another kind, or the metadata give no such file.</returns>
    /// <exception cref="GgufException">The file is damaged or of a kind that is not supported.</exception>
    public static byte[]? Read(string path) =>
        Path.GetDirectoryName(path) is { Length: > 0 } model && Names.Contains(Path.GetFileName(path)) && Find(model) is { } file
            ? Create(file, Path.GetFileName(path))
            : null;

    /// <summary>All files that a GGUF model stands for, by name.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> All(string file)
    {
        foreach (string name in Names)
        {
            if (Create(file, name) is { } bytes)
            {
                yield return (name, bytes);
            }
        }
    }

    private static bool IsGguf(string file) => file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    private static byte[]? Create(string path, string name)
    {
        using var file = GgufFile.Open(path);
        return name switch
        {
            "config.json" => ModelWriter.Format(GgufConfig.Read(file)),
            "generation_config.json" => ModelWriter.Format(GenerationDefaults(file.Metadata)),
            _ => GgufTokenizerFiles.Create(file.Metadata, name),
        };
    }

    private static JsonObject GenerationDefaults(GgufMetadata metadata)
    {
        var config = new JsonObject();
        Add("bos_token_id", "bos");
        Add("pad_token_id", "padding");
        int[] ends = [.. new[] { "eos", "eot" }.Select(Id).OfType<int>().Distinct()];
        if (ends.Length > 0)
        {
            config["eos_token_id"] = ends.Length == 1 ? ends[0] : new JsonArray([.. ends.Select(id => (JsonNode)id)]);
        }

        return config;

        int? Id(string stored) => metadata.Integer($"tokenizer.ggml.{stored}_token_id");

        void Add(string key, string stored)
        {
            if (Id(stored) is { } id)
            {
                config[key] = id;
            }
        }
    }
}
