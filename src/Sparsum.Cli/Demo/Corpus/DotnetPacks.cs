using System.Runtime.InteropServices;
using Sparsum.Core;

namespace Sparsum.Cli.Demo.Corpus;

/// <summary>Finds the reference documentation that comes with a .NET SDK: <c>packs/*/VERSION/ref/FRAMEWORK/*.xml</c>.</summary>
internal static class DotnetPacks
{
    /// <summary>
    /// Documentation files of the newest version of every pack, in ordinal order of pack and file. Packs share assemblies, so of files with
    /// one name only the first counts.
    /// </summary>
    /// <param name="root">The folder that holds <c>packs</c>; null looks where the running .NET is installed.</param>
    /// <exception cref="InvalidInputException">There are none.</exception>
    public static List<string> FindDocumentation(string? root)
    {
        string[] roots = root is null ? [.. Installations().Distinct(StringComparer.Ordinal)] : [root];
        foreach (string candidate in roots)
        {
            string packs = Path.Combine(candidate, "packs");
            var files = Directory.Exists(packs) ? InPacks(packs) : [];
            if (files.Count > 0)
            {
                return files;
            }
        }

        throw new InvalidInputException("missing-documentation", "No .NET reference documentation was found.")
        {
            File = root,
            Found = $"no packs/*/*/ref/*/*.xml below {(roots.Length == 0 ? "any known folder" : string.Join(", ", roots))}",
            Expected = "the folder of a .NET SDK",
            Hint = "Install a .NET SDK (a runtime alone has no documentation), or set DOTNET_ROOT to the folder of one.",
        };
    }

    private static IEnumerable<string> Installations()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } variable)
        {
            yield return variable;
        }

        string?[] starts =
        [
            RuntimeEnvironment.GetRuntimeDirectory(),
            Path.GetDirectoryName(Environment.ProcessPath),
            AppContext.BaseDirectory,
        ];
        foreach (string start in starts.OfType<string>())
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                yield return folder.FullName;
            }
        }
    }

    private static List<string> InPacks(string packs) =>
        [.. Sorted(Directory.GetDirectories(packs)).SelectMany(InVersions).DistinctBy(Path.GetFileName, StringComparer.Ordinal)];

    private static IEnumerable<string> InVersions(string pack)
    {
        var versions = Directory.GetDirectories(pack)
            .OrderByDescending(VersionOf)
            .ThenByDescending(Path.GetFileName, StringComparer.Ordinal);
        foreach (string version in versions)
        {
            string references = Path.Combine(version, "ref");
            string? newest = Directory.Exists(references)
                ? Directory.GetDirectories(references).OrderByDescending(VersionOf).FirstOrDefault(HasDocumentation)
                : null;
            if (newest is not null)
            {
                return Sorted(Directory.GetFiles(newest, "*.xml"));
            }
        }

        return [];
    }

    private static bool HasDocumentation(string folder) => Directory.EnumerateFiles(folder, "*.xml").Any();

    private static IEnumerable<string> Sorted(string[] paths) => paths.Order(StringComparer.Ordinal);

    /// <summary>The leading number of <c>10.0.1-rc.1</c> or <c>net10.0</c>; 0.0 where there is none.</summary>
    private static Version VersionOf(string folder)
    {
        string name = Path.GetFileName(folder).TrimStart("net".ToCharArray());
        int end = name.AsSpan().IndexOfAnyExcept("0123456789.");
        return Version.TryParse(end < 0 ? name : name[..end], out var version) ? version : new Version(0, 0);
    }
}
