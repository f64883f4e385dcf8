using System.Text.Json;
using System.Text.RegularExpressions;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>Which files of a repository a model is made of: configuration, tokenizer, notes, and its weights once.</summary>
internal static partial class ModelSelection
{
    private const string Config = "config.json";
    private const string Gguf = ".gguf";

    /// <summary>
    /// Files that a model may have in the top folder, beside notes. Of each it is kept in the cache whether the repository has it, so that it
    /// is known later what is missing and what never was.
    /// </summary>
    public static IReadOnlyList<string> Optional { get; } =
    [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "merges.txt", "vocab.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model", "source.spm", "target.spm",
        "chat_template.jinja", "modules.json", "sentence_bert_config.json", "1_Pooling/config.json",
    ];

    // The first kind that is there: safetensors before pickles, one file before shards, as they are looked for on opening.
    private static readonly (string Single, string Shard)[] Kinds =
    [
        ("model.safetensors", @"^model-\d+-of-\d+\.safetensors$"),
        ("pytorch_model.bin", @"^pytorch_model-\d+-of-\d+\.bin$"),
        ("weights.sparsum", @"^weights-\d+-of-\d+\.sparsum$"),
    ];

    /// <summary>The files of a model, its weights last, so that a folder with weights has the rest too.</summary>
    /// <param name="reference">What is wanted.</param>
    /// <param name="names">What there is.</param>
    /// <exception cref="InvalidInputException">The repository holds no such model, or several.</exception>
    public static IReadOnlyList<string> Choose(HubReference reference, IReadOnlyList<string> names)
    {
        string[] notes = [.. names.Where(IsNote)];
        if (reference.File is { } file)
        {
            return [.. notes, .. GgufFiles(reference, names, file)];
        }

        var weights = Weights(names);
        if (weights.Count > 0 && names.Contains(Config))
        {
            return [Config, .. Optional.Where(names.Contains), .. notes, .. weights];
        }

        string[] models = [.. GgufModels(names)];
        return models.Length == 1
            ? [.. notes, .. GgufFiles(reference, names, models[0])]
            : throw new InvalidInputException(
                models.Length == 0 ? "no-model-in-repository" : "several-gguf-files",
                models.Length == 0 ? $"'{reference}' holds no model that can be read." : $"'{reference.Repository}' holds several GGUF files.")
            {
                Found = models.Length > 0 ? Shorten(models) : names.Count > 0 ? Shorten(names) : "no files",
                Expected = models.Length == 0 ? "config.json with model.safetensors, pytorch_model.bin or shards of them, or a GGUF file" : "one",
                Hint = models.Length == 0 ? "Choose another repository." : $"Name one: {reference.Repository}:{models[0]}",
            };
    }

    /// <summary>The GGUF file to open, of a split one its first part; null where the model is a folder.</summary>
    public static string? GgufOf(IReadOnlyList<string> chosen) => chosen.Where(IsGguf).Order(StringComparer.Ordinal).FirstOrDefault();

    /// <summary>
    /// The files of a model that the cache holds of a commit, or null where one is missing without which it is none.
    /// </summary>
    /// <param name="cache">The repository in the cache.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="reference">What is wanted.</param>
    public static (IReadOnlyList<string> Files, IReadOnlyList<string> Unknown)? FindCached(HubCache cache, string commit, HubReference reference)
    {
        var names = cache.Files(commit);
        bool isFile = reference.File is not null || !names.Contains(Config);
        if (isFile)
        {
            // A tag such as Q4_K_M is looked for in what is there; that no other file has it was seen when it was pulled.
            string[] models = [.. GgufModels(names)];
            string? one = reference.File is null ? models.Length == 1 ? models[0] : null : models.FirstOrDefault(name => Matches(name, reference.File));
            var parts = one is null ? [] : Parts(names, one);
            return one is not null && parts.Count == PartCount(one) ? (parts, []) : null;
        }

        var weights = Weights(names);
        if (weights.Count == 0 || !AreWhole(cache, commit, weights))
        {
            return null;
        }

        string[] there = [.. Optional.Where(names.Contains)];
        return ([Config, .. there, .. names.Where(IsNote), .. weights], [.. Optional.Except(there).Where(name => !cache.IsAbsent(commit, name))]);
    }

    private static List<string> Weights(IReadOnlyList<string> names)
    {
        foreach (var (single, shard) in Kinds)
        {
            string index = single + ".index.json";
            string[] shards = [.. names.Where(name => Regex.IsMatch(name, shard, RegexOptions.CultureInvariant)).Order(StringComparer.Ordinal)];
            if (names.Contains(single))
            {
                return [single];
            }

            if (names.Contains(index))
            {
                return [.. shards, index];
            }
        }

        return [];
    }

    private static bool AreWhole(HubCache cache, string commit, List<string> weights)
    {
        if (weights[^1] is var index && !index.EndsWith(".index.json", StringComparison.Ordinal))
        {
            return true;
        }

        var json = StrictJson.Read(cache.Pointer(commit, index));
        return json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty("weight_map", out var map)
            && map.ValueKind == JsonValueKind.Object
            && map.EnumerateObject().All(entry => entry.Value.ValueKind == JsonValueKind.String && weights.Contains(entry.Value.GetString()!));
    }

    private static IReadOnlyList<string> GgufFiles(HubReference reference, IReadOnlyList<string> names, string wanted)
    {
        string[] found = [.. GgufModels(names).Where(name => Matches(name, wanted))];
        return found.Length == 1
            ? Parts(names, found[0])
            : throw new InvalidInputException(
                found.Length == 0 ? "unknown-hub-file" : "several-gguf-files",
                found.Length == 0
                    ? $"'{reference.Repository}' has no GGUF file '{wanted}'."
                    : $"'{wanted}' is in the names of several GGUF files of '{reference.Repository}'.")
            {
                Found = Shorten(found.Length == 0 ? [.. GgufModels(names)] : found),
                Expected = "the name of one file, or its quantisation",
                Hint = "Write the whole name of the file.",
            };
    }

    // The parts of a split file are one model, which its first part names.
    private static IEnumerable<string> GgufModels(IEnumerable<string> names) => names
        .Where(IsGguf)
        .Where(name => SplitName().Match(name) is not { Success: true } match || match.Groups["number"].Value.TrimStart('0') == "1")
        .Order(StringComparer.Ordinal);

    private static bool Matches(string name, string wanted) =>
        name.Equals(wanted, StringComparison.Ordinal)
        || (!IsGguf(wanted) && Regex.IsMatch(name, $@"(^|[-._/]){Regex.Escape(wanted)}([-._/]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant));

    private static IReadOnlyList<string> Parts(IReadOnlyList<string> names, string first) => SplitName().Match(first) is { Success: true } match
        ? [.. names.Where(name => SplitName().Match(name) is { Success: true } other
            && other.Groups["name"].Value == match.Groups["name"].Value
            && other.Groups["count"].Value == match.Groups["count"].Value).Order(StringComparer.Ordinal)]
        : [first];

    private static int PartCount(string first) =>
        SplitName().Match(first) is { Success: true } match ? int.Parse(match.Groups["count"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : 1;

    private static bool IsGguf(string name) => name.EndsWith(Gguf, StringComparison.OrdinalIgnoreCase);

    private static bool IsNote(string name) =>
        !name.Contains('/') && name != Config && !Optional.Contains(name)
        && Path.GetExtension(name).ToLowerInvariant() is "" or ".md" or ".txt" or ".rst" && CompanionFiles.IsKnown(name);

    private static string Shorten(IReadOnlyList<string> names) => string.Join(", ", names.Take(12)) + (names.Count > 12 ? $" and {names.Count - 12} more" : "");

    [GeneratedRegex(@"^(?<name>.+)-(?<number>\d{5})-of-(?<count>\d{5})\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex SplitName();
}
