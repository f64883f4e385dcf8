using System.Globalization;
using System.Text.RegularExpressions;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Files that are one model together: <c>NAME-00001-of-00003.gguf</c> and its siblings.</summary>
internal static partial class GgufParts
{
    private const int MostParts = 10_000;

    /// <summary>The first part of the file that a path names, which is the path itself where the file is not split.</summary>
    public static string First(string file) => Match(file) is { } match ? Part(file, match, 1) : file;

    /// <summary>All parts of the file whose first one is given.</summary>
    /// <exception cref="GgufException">A part is missing.</exception>
    public static IReadOnlyList<string> Find(string first)
    {
        if (Match(first) is not { } match)
        {
            return [first];
        }

        int count = Number(match, "count");
        string[] parts = [.. Enumerable.Range(1, Math.Min(count, MostParts)).Select(number => Part(first, match, number))];
        string[] missing = [.. parts.Where(part => !File.Exists(part)).Select(Path.GetFileName).OfType<string>()];
        return missing.Length == 0 && count is > 0 and <= MostParts
            ? parts
            : throw new GgufException("missing-gguf-part", $"The model '{first}' lacks parts.")
            {
                File = first,
                Found = $"{parts.Length - missing.Length} of {count} parts",
                Expected = missing.Length == 0 ? "1 to 10,000 parts" : string.Join(", ", missing.Take(10)),
                Hint = "Fetch the missing parts into the same folder.",
            };
    }

    /// <summary>Checks that a part says of itself what its name says.</summary>
    public static void Check(GgufMetadata metadata, string part, IReadOnlyList<string> parts)
    {
        int count = metadata.Integer("split.count") ?? 1;
        int number = metadata.Integer("split.no") ?? 0;
        bool isLone = parts.Count == 1 && count <= 1;
        if (!isLone && (count != parts.Count || parts[Math.Clamp(number, 0, parts.Count - 1)] != part))
        {
            throw new GgufException("gguf-part-mismatch", $"'{part}' is not the part that its name says.")
            {
                File = part,
                Found = $"part {number + 1} of {count}",
                Expected = $"the name NAME-{number + 1:D5}-of-{count:D5}.gguf",
                Hint = "Give the parts the names that they were published under.",
            };
        }
    }

    /// <summary>Checks that all parts together have the tensors that the first one counts.</summary>
    public static void CheckCount(GgufMetadata metadata, int found)
    {
        if (metadata.Integer("split.tensors.count") is { } expected && expected != found)
        {
            throw GgufException.Malformed(metadata.File, "its parts do not hold all tensors.", $"{found} tensors", $"{expected} tensors");
        }
    }

    private static Match? Match(string file) => SplitName().Match(Path.GetFileName(file)) is { Success: true } match ? match : null;

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static string Part(string file, Match match, int number) => Path.Combine(
        Path.GetDirectoryName(file) ?? "",
        string.Create(CultureInfo.InvariantCulture, $"{match.Groups["name"].Value}-{number:D5}-of-{Number(match, "count"):D5}.gguf"));

    [GeneratedRegex(@"^(?<name>.+)-(?<number>\d{5})-of-(?<count>\d{5})\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex SplitName();
}
