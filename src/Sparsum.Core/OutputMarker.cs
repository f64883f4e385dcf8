using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sparsum.Core;

/// <summary>
/// The small file that makes a folder one of ours: it lists what was written, so that replacing the folder can tell what is somebody
/// else's. Outputs of versions before it are known by their records.
/// </summary>
/// <param name="Version">Of the format.</param>
/// <param name="Files">
/// Paths below the folder with <c>/</c> between their parts, sorted. One that ends with <c>/</c> is a folder with all that is in it.
/// </param>
internal sealed record OutputMarker(int Version, IReadOnlyList<string> Files)
{
    public const string FileName = ".sparsum.json";

    private const int CurrentVersion = 1;
    private const long LargestBytes = 1 << 24;

    // What a run of an earlier version left beside the companions of its model.
    private static readonly HashSet<string> EarlierRecords = new(StringComparer.Ordinal)
    {
        "run.json", "log.jsonl", "pruning.json", "pytorch_model.bin",
    };

    /// <summary>Lists what is in a folder now and writes the list into it.</summary>
    public static void Write(string folder) => Write(folder, Enumerate(folder).Where(name => name != FileName));

    /// <summary>Writes the list into a folder.</summary>
    public static void Write(string folder, IEnumerable<string> names) => AtomicFile.WriteAllBytes(
        Path.Combine(folder, FileName),
        JsonSerializer.SerializeToUtf8Bytes(
            new OutputMarker(CurrentVersion, [.. names.Order(StringComparer.Ordinal)]), CoreJson.Default.OutputMarker));

    /// <summary>Whether a folder is one of ours, and if so, the first thing in it that is not.</summary>
    /// <param name="folder">A folder.</param>
    /// <param name="shared">What a run that works in the folder itself writes there, as in <see cref="Files"/>; null for other runs.</param>
    public static (bool IsOurs, string? Foreign) Examine(string folder, IReadOnlyList<string>? shared)
    {
        var known = Read(folder) is { } marker ? Lists(marker.Files) : ReadEarlier(folder, shared);
        return known is null ? (false, null) : (true, Enumerate(folder).FirstOrDefault(name => !IsKnown(name, known)));
    }

    private static bool IsKnown(string name, Func<string, bool> known)
    {
        const string Partial = ".partial";
        string final = name.EndsWith(Partial, StringComparison.Ordinal) ? name[..^Partial.Length] : name;
        return final == FileName || known(final);
    }

    /// <summary>Whether a folder is one in which a run works in place, and one that writes these names; an earlier version may have written fewer.</summary>
    public static bool IsShared(string folder, IReadOnlyList<string> shared) => Read(folder) is { } marker
        ? marker.Files.Contains(shared[0]) && marker.Files.All(shared.Contains)
        : File.Exists(Path.Combine(folder, shared[0]));

    private static OutputMarker? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || RealPath.IsLink(path) || new FileInfo(path).Length is 0 or > LargestBytes)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), CoreJson.Default.OutputMarker) is { Version: CurrentVersion, Files: not null } marker
                && marker.Files.All(name => name is { Length: > 0 })
                ? marker
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Func<string, bool>? ReadEarlier(string folder, IReadOnlyList<string>? shared)
    {
        if (shared is not null)
        {
            return File.Exists(Path.Combine(folder, shared[0])) ? Lists([.. shared, FolderLock.FileName]) : null;
        }

        bool isOurs = File.Exists(Path.Combine(folder, "pruning.json")) || HasRunRecord(Path.Combine(folder, "run.json"));
        return isOurs ? name => CompanionFiles.IsKnown(name) || EarlierRecords.Contains(name) || IsWeights(name) : null;
    }

    /// <summary>A record of ours has the version, the command and its options.</summary>
    private static bool HasRunRecord(string path)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length is 0 or > LargestBytes)
            {
                return false;
            }

            using var record = JsonDocument.Parse(File.ReadAllBytes(path));
            return record.RootElement.ValueKind == JsonValueKind.Object
                && record.RootElement.TryGetProperty("version", out _)
                && record.RootElement.TryGetProperty("command", out _)
                && record.RootElement.TryGetProperty("options", out _);
        }
        catch (Exception exception) when (exception is JsonException || WriteFailure.IsFileSystem(exception))
        {
            return false;
        }
    }

    private static bool IsWeights(string name) =>
        name.StartsWith("model", StringComparison.Ordinal)
        && (name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".safetensors.index.json", StringComparison.Ordinal));

    private static Func<string, bool> Lists(IReadOnlyList<string> names)
    {
        var files = names.ToHashSet(StringComparer.Ordinal);
        var folders = names.Where(name => name.EndsWith('/')).ToList();
        return name => files.Contains(name) || folders.Any(folder => name.StartsWith(folder, StringComparison.Ordinal));
    }

    /// <summary>All files below a folder, and the folders that are links or empty.</summary>
    private static IEnumerable<string> Enumerate(string folder, string prefix = "")
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (entry is not DirectoryInfo || entry.LinkTarget is not null)
            {
                yield return prefix + entry.Name;
                continue;
            }

            string below = prefix + entry.Name + "/";
            bool isEmpty = true;
            foreach (string name in Enumerate(entry.FullName, below))
            {
                isEmpty = false;
                yield return name;
            }

            if (isEmpty)
            {
                yield return below;
            }
        }
    }
}

/// <summary>How the files of this assembly are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(OutputMarker))]
internal sealed partial class CoreJson : JsonSerializerContext;
