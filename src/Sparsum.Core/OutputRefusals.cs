namespace Sparsum.Core;

/// <summary>What an <see cref="OutputFolder"/> refuses, each with what to do about it.</summary>
internal static class OutputRefusals
{
    /// <summary>Refuses an output that would touch an input.</summary>
    /// <exception cref="InvalidInputException"><c>output-is-input</c>.</exception>
    public static void Overlap(string target, string work, IEnumerable<string> inputs)
    {
        foreach (string input in inputs)
        {
            if (RealPath.IsWithin(target, input) || RealPath.IsWithin(input, target) || RealPath.IsWithin(input, work))
            {
                throw new InvalidInputException("output-is-input", $"The output '{target}' and the input '{input}' overlap.")
                {
                    Option = "output",
                    Found = $"output '{target}', input '{input}'",
                    Expected = "two places, neither within the other",
                    Hint = "Choose another `output`; inputs are never changed.",
                };
            }
        }
    }

    /// <summary>Refuses a target that is a file, and a work folder that holds something else.</summary>
    /// <exception cref="InvalidInputException"><c>output-is-file</c>, <c>output-not-ours</c>.</exception>
    public static void Foreign(string target, string work, bool isWorkFolder)
    {
        if (File.Exists(target))
        {
            throw new InvalidInputException("output-is-file", $"The output '{target}' is a file.")
            {
                Option = "output",
                Found = "a file",
                Expected = "a folder that does not exist yet, or an empty one",
                Hint = "Choose another `output`.",
            };
        }

        bool isForeign = File.Exists(work) || RealPath.IsLink(work)
            || (Directory.Exists(work) && Directory.EnumerateFileSystemEntries(work).Any() && !isWorkFolder);
        if (isForeign)
        {
            throw new InvalidInputException("output-not-ours", $"'{work}', where the output would be put together, holds something else.")
            {
                File = work,
                Expected = "nothing, or what an interrupted run left",
                Hint = "Choose another `output`, or move that away.",
            };
        }
    }

    /// <summary>Refuses to replace what no run has written.</summary>
    /// <param name="target">The output.</param>
    /// <param name="isOurs">Whether a run has written it.</param>
    /// <param name="foreign">Something in it that none has written; null where there is nothing.</param>
    /// <exception cref="InvalidInputException"><c>output-not-ours</c>.</exception>
    public static void Unknown(string target, bool isOurs, string? foreign)
    {
        if (!isOurs || foreign is not null)
        {
            throw new InvalidInputException("output-not-ours", isOurs
                ? $"The output folder '{target}' holds something that no run has written: '{foreign}'."
                : $"The output folder '{target}' was not written by a run.")
            {
                Option = "output",
                Found = foreign ?? "a folder without the marker of a run",
                Expected = "an earlier output with nothing else in it",
                Hint = "Choose another `output`, or empty the folder yourself; `force` replaces earlier outputs only.",
            };
        }
    }

    /// <summary>The error of a target that is in use.</summary>
    public static InvalidInputException Exists(string target) => new("output-exists", $"The output folder '{target}' is not empty.")
    {
        Option = "output",
        Found = "a folder with files in it",
        Expected = "a folder that is empty or does not exist",
        Hint = "Choose another `output`, or add `force` to replace an earlier one.",
    };

    /// <summary>The error of a run that could be gone on with.</summary>
    public static InvalidInputException Unfinished(string work) => new("unfinished-run", $"An unfinished run is in '{work}'.")
    {
        File = work,
        Hint = "Continue it with `resume`, or start again with `force`.",
    };
}
