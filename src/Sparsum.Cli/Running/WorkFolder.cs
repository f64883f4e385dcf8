using Sparsum.Core;


namespace Sparsum.Cli.Running;

/// <summary>
/// Where a long run keeps its checkpoint and puts its output together: beside the target, so that the target appears by one rename when it
/// is complete, and an interrupted run can go on. Without a checkpoint nothing stays behind.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string Suffix = ".partial";

    private WorkFolder(string target)
    {
        Target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        Root = Target + Suffix;
    }

    /// <summary>Full path of the output.</summary>
    public string Target { get; }

    /// <summary>Where the output is put together.</summary>
    public string Output => Path.Combine(Root, "output");

    /// <summary>The state from which the run can go on.</summary>
    public string Checkpoint => Path.Combine(Root, "checkpoint.safetensors");

    /// <summary>Whether there is such a state.</summary>
    public bool HasCheckpoint => File.Exists(Checkpoint);

    private string Root { get; }

    /// <summary>The path of another file of the state.</summary>
    public string State(string name) => Path.Combine(Root, name);

    /// <summary>Creates the folder, or takes over the one of the run that is resumed.</summary>
    /// <param name="target">The output.</param>
    /// <param name="resume">Whether an unfinished run goes on.</param>
    /// <param name="force">Whether an earlier output is replaced, which must be a model.</param>
    /// <param name="inputs">Files and folders that must stay as they are.</param>
    /// <exception cref="InvalidInputException">
    /// The output is or holds an input, or there is an output or an unfinished run that the caller did not speak of.
    /// </exception>
    public static WorkFolder Begin(string target, bool resume, bool force, IEnumerable<string?> inputs)
    {
        var folder = new WorkFolder(target);
        folder.RefuseInputs(inputs.OfType<string>());
        OutputGuard.Check(target, force);
        if (force && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any() && !File.Exists(Path.Combine(target, "config.json")))
        {
            throw new InvalidInputException("output-not-a-model", $"The output folder '{target}' holds something other than a model.")
            {
                File = "-o",
                Hint = "Choose another -o, or empty the folder yourself; --force replaces models only.",
            };
        }

        if (folder.HasCheckpoint && !resume && !force)
        {
            throw new InvalidInputException("unfinished-run", $"An unfinished run is in '{folder.Root}'.")
            {
                File = folder.Root,
                Hint = "Continue it with --resume, or start again with --force.",
            };
        }

        if (!resume || !folder.HasCheckpoint)
        {
            folder.Delete();
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
        Delete();
    }

    /// <summary>Removes the folder unless a run can go on from it.</summary>
    public void Dispose()
    {
        if (!HasCheckpoint)
        {
            Delete();
        }
    }

    private void RefuseInputs(IEnumerable<string> inputs)
    {
        foreach (string input in inputs.Select(Path.GetFullPath))
        {
            if (input == Target || input.StartsWith(Target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new InvalidInputException("output-is-input", $"The output '{Target}' would replace the input '{input}'.")
                {
                    File = "-o",
                    Found = Target,
                    Expected = "a folder that holds no input",
                    Hint = "Choose another -o; inputs are never changed.",
                };
            }
        }
    }

    private void Delete()
    {
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
