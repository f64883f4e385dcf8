namespace Sparsum.Core;

/// <summary>Paths with every link in every part of them resolved, so that two names of one place are equal.</summary>
public static class RealPath
{
    // What Linux allows; more is a circle.
    private const int MostLinks = 40;

    // The usual file systems of these two do not tell upper case from lower case.
    private static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>
    /// The full path without links, <c>.</c>, <c>..</c> and trailing separator. As the system does, a <c>..</c> is applied after the link
    /// before it. Parts that do not exist stay as they are.
    /// </summary>
    /// <exception cref="InvalidInputException">The path is empty, or its links form a circle: <c>invalid-path</c>.</exception>
    public static string Of(string path)
    {
        if (string.IsNullOrEmpty(path) || path.Contains('\0'))
        {
            throw new InvalidInputException("invalid-path", "The path is empty or holds a zero character.") { Found = path };
        }

        string full = Path.IsPathFullyQualified(path) ? path : Path.Combine(Environment.CurrentDirectory, path);
        string root = Path.GetPathRoot(full)!;
        string resolved = root;
        var parts = new Stack<string>(Split(full[root.Length..]).Reverse());
        int links = 0;
        while (parts.TryPop(out string? part))
        {
            if (part == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? resolved;
                continue;
            }

            string next = Path.Combine(resolved, part);
            if (LinkTarget(next) is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new InvalidInputException("invalid-path", $"The links in '{path}' form a circle.") { File = path };
            }

            string targetRoot = Path.GetPathRoot(target) ?? "";
            resolved = targetRoot.Length > 0 ? targetRoot : resolved;
            foreach (string piece in Split(target[targetRoot.Length..]).Reverse())
            {
                parts.Push(piece);
            }
        }

        return Path.TrimEndingDirectorySeparator(resolved);
    }

    /// <summary>Whether a resolved path is another one or lies below it.</summary>
    public static bool IsWithin(string inner, string outer) =>
        inner.Equals(outer, Comparison)
        || inner.StartsWith(Path.EndsInDirectorySeparator(outer) ? outer : outer + Path.DirectorySeparatorChar, Comparison);

    /// <summary>Whether a path itself is a link, to whatever it may lead.</summary>
    public static bool IsLink(string path) => LinkTarget(path) is not null;

    private static IEnumerable<string> Split(string path) =>
        path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part != ".");

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            return null;
        }
    }
}
