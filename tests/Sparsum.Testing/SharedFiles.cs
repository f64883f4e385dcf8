namespace Sparsum.Testing;

/// <summary>
/// Finds the folder <c>shared</c> beside the checkout: reference outputs, real models and data that tests compare with and that are no
/// part of the product. Where it is absent, tests that need it are skipped.
/// </summary>
public static class SharedFiles
{
    /// <summary>The folder, or null.</summary>
    public static string? Root { get; } = Find();

    /// <summary>Full path of a file or folder in it.</summary>
    public static string Path(params string[] parts) =>
        System.IO.Path.Combine([Root ?? throw new DirectoryNotFoundException("No shared folder beside the checkout."), .. parts]);

    /// <summary>Why a test that needs these parts cannot run, or null.</summary>
    public static string? WhyMissing(string part)
    {
        if (Root is null)
        {
            return "needs the reference folder 'shared' beside the checkout, which is absent here";
        }

        string path = System.IO.Path.Combine(Root, part);
        return Directory.Exists(path) || File.Exists(path) ? null : $"needs shared/{part}, which is absent here";
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Sparsum.slnx")))
            {
                string candidate = System.IO.Path.Combine(folder.Parent?.FullName ?? "", "shared");
                return Directory.Exists(System.IO.Path.Combine(candidate, "oracle")) ? candidate : null;
            }
        }

        return null;
    }
}
