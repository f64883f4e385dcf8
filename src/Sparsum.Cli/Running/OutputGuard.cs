using Sparsum.Core;


namespace Sparsum.Cli.Running;

/// <summary>Guards what lies where a run would write a folder.</summary>
internal static class OutputGuard
{
    /// <summary>Refuses a folder with content, unless <paramref name="force"/>, and a file.</summary>
    public static void Check(string target, bool force)
    {
        if (File.Exists(target))
        {
            throw new InvalidInputException("invalid-output", $"The output '{target}' is a file.")
            {
                File = "-o",
                Found = "a file",
                Expected = "a folder that is empty or does not exist",
                Hint = "Choose another -o.",
            };
        }

        if (!force && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new InvalidInputException("output-exists", $"The folder '{target}' is not empty.")
            {
                File = "-o",
                Found = "a folder with files in it",
                Expected = "a folder that is empty or does not exist",
                Hint = "Choose another -o, or add --force to replace it.",
            };
        }
    }
}
