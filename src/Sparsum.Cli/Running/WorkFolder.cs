using Sparsum.Transformers.Errors;

namespace Sparsum.Cli.Running;

/// <summary>
/// Where a long run keeps its state and puts its output together: beside the target, so that the target appears by one rename when it is
/// complete, and an interrupted run can go on.
/// </summary>
internal sealed class WorkFolder
{
    private const string Suffix = ".partial";

    private WorkFolder(string target)
    {
        Target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        Work = Target + Suffix;
    }

    /// <summary>Full path of the output.</summary>
    public string Target { get; }

    /// <summary>Where the output is put together.</summary>
    public string Output => Path.Combine(Work, "output");

    private string Work { get; }

    /// <summary>The path of a file of the state.</summary>
    public string State(string name) => Path.Combine(Work, name);

    /// <summary>Creates the folder, or takes over the one of the run that is resumed.</summary>
    /// <exception cref="InvalidInputException">There is an output or an unfinished run that the caller did not speak of.</exception>
    public static WorkFolder Begin(string target, bool resume, bool force)
    {
        OutputFolder.Check(target, force);
        var folder = new WorkFolder(target);
        if (Directory.Exists(folder.Work) && !resume)
        {
            if (!force)
            {
                throw new InvalidInputException("unfinished-run", $"An unfinished run is in '{folder.Work}'.")
                {
                    File = folder.Work,
                    Hint = "Continue it with --resume, or start again with --force.",
                };
            }

            Directory.Delete(folder.Work, recursive: true);
        }

        Directory.CreateDirectory(folder.Output);
        return folder;
    }

    /// <summary>Puts the finished output in place and removes the state.</summary>
    public void Publish()
    {
        if (Directory.Exists(Target))
        {
            Directory.Delete(Target, recursive: true);
        }

        Directory.Move(Output, Target);
        Directory.Delete(Work, recursive: true);
    }
}
