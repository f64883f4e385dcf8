using Sparsum.Core;


namespace Sparsum.Cli.Running;

/// <summary>Guards the inputs of a run that writes one file.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a target that is an input file, lies in an input folder, is a folder itself or has no folder to lie in.</summary>
    public static void Check(string target, params ReadOnlySpan<string> inputs)
    {
        string full = Path.GetFullPath(target);
        foreach (string input in inputs)
        {
            string protectedPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(input));
            if (full == protectedPath || full.StartsWith(protectedPath + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new InvalidInputException("output-is-input", $"The output '{target}' would change the input '{input}'.")
                {
                    File = "-o",
                    Found = target,
                    Expected = "a file that is no part of an input",
                    Hint = "Choose another -o.",
                };
            }
        }

        string folder = Path.GetDirectoryName(full) ?? full;
        if (Directory.Exists(full) || !Directory.Exists(folder))
        {
            throw new InvalidInputException("invalid-output", $"The output '{target}' cannot be written as a file.")
            {
                File = "-o",
                Found = Directory.Exists(full) ? "a folder" : $"no folder '{folder}'",
                Expected = "a file in a folder that exists",
                Hint = "Choose another -o.",
            };
        }
    }
}
