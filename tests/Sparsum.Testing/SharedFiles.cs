namespace Sparsum.Testing;

/// <summary>
/// Finds what tests compare with: the folder <c>shared</c> beside the checkout, which is no part of the product and may be absent, and
/// <c>tests/oracle</c>, a small part of its <c>oracle</c> that travels with the project. Tests that need what is in neither are skipped.
/// </summary>
public static class SharedFiles
{
    private static readonly string Repository = FindRepository();

    /// <summary>The folder beside the checkout; null where it is absent or <c>SPARSUM_SHARED=none</c> asks to do without.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The part of the oracle that travels with the project.</summary>
    public static string Vendored { get; } = System.IO.Path.Combine(Repository, "tests", "oracle");

    /// <summary>Full path of a file or folder: beside the checkout, or of the part that travels with the project.</summary>
    public static string Path(params string[] parts) => Resolve(System.IO.Path.Combine(parts))
        ?? throw new DirectoryNotFoundException($"There is no shared/{string.Join('/', parts)}.");

    /// <summary>Why a test that needs this part cannot run, or null.</summary>
    public static string? WhyMissing(string part) =>
        Resolve(part) is not null ? null
        : Root is null ? "needs the reference folder 'shared' beside the checkout, which is absent here"
        : $"needs shared/{part}, which is absent here";

    /// <summary>The same for one case of a theory over the folders of a part.</summary>
    internal static string? WhyMissing(string part, object?[] row) =>
        Root is null && row.FirstOrDefault() is string name ? WhyMissing(System.IO.Path.Combine(part, name)) : null;

    private static string? Resolve(string part)
    {
        const string Oracle = "oracle";
        string normal = part.Replace('/', System.IO.Path.DirectorySeparatorChar);
        string?[] candidates =
        [
            Root is null ? null : System.IO.Path.Combine(Root, normal),
            normal.StartsWith(Oracle, StringComparison.Ordinal) ? System.IO.Path.Join(Vendored, normal[Oracle.Length..]) : null,
        ];
        return candidates.FirstOrDefault(path => Directory.Exists(path) || File.Exists(path));
    }

    private static string? Find()
    {
        string candidate = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Repository) ?? "", "shared");
        return Environment.GetEnvironmentVariable("SPARSUM_SHARED") != "none" && Directory.Exists(System.IO.Path.Combine(candidate, "oracle"))
            ? candidate
            : null;
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Sparsum.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The tests do not run below a checkout.");
    }
}
