using System.Security.Cryptography;

namespace Sparsum.Pruning.Tests;

internal static class Folders
{
    /// <summary>Every file of a folder with its hash: equal when the folders hold the same bytes.</summary>
    public static SortedDictionary<string, string> Hashes(string folder)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            hashes.Add(Path.GetRelativePath(folder, file), Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
        }

        return hashes;
    }

    /// <summary>Names of what lies directly in a folder.</summary>
    public static string[] Names(string folder) => [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
