namespace Sparsum.Stress;

/// <summary>One kind of file, and the command that reads it.</summary>
/// <param name="Name">What it is called in reports.</param>
/// <param name="File">Where it lies.</param>
/// <param name="Good">Its bytes without damage.</param>
/// <param name="Line">The command.</param>
/// <param name="IsText">Whether values of JSON are replaced too.</param>
internal sealed record MutatedFormat(string Name, string File, byte[] Good, string[] Line, bool IsText)
{
    /// <summary>Where damage begins; what is before it stays.</summary>
    public int First { get; init; }

    /// <summary>Puts everything back that the command changes; null where it changes nothing.</summary>
    public Action? Reset { get; init; }

    /// <summary>A file that is there.</summary>
    public static MutatedFormat Of(string name, string file, params string[] line) =>
        new(name, file, System.IO.File.ReadAllBytes(file), line, Path.GetExtension(file) is ".json" or ".jsonl" or ".tsv" or ".txt" or ".csv" or ".xml");

    /// <summary>Copies a folder with what is below it, over what is there.</summary>
    public static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            System.IO.File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }

        foreach (string folder in Directory.GetDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }

        return to;
    }

    /// <summary>Deletes a folder if it is there.</summary>
    public static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
