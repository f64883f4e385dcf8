using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps.Slurm;

/// <summary>What a member of a job array does: the same as all others but for its index.</summary>
internal static class SlurmScript
{
    /// <summary>The script in a folder of submissions.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(folder, name + ".sh");

    /// <summary>Writes the script.</summary>
    /// <param name="folder">The folder of submissions.</param>
    /// <param name="name">The name of the job.</param>
    /// <param name="options">What the members are told besides what to run.</param>
    public static string Write(string folder, string name, IEnumerable<string> options)
    {
        string[] words = [.. OwnProgram.Words, Commands.SweepMemberVerb.VerbName, SlurmSubmission.PathOf(folder, name)];
        string line = string.Join(' ', words.Select(Quote).Append("\"$SLURM_ARRAY_TASK_ID\"").Concat(options.Select(Quote)));

        // "All cores" are those that the job has been given: the rest of the node is others'.
        string text = $"""
            #!/bin/sh
            [ -z "$SLURM_CPUS_ON_NODE" ] || export DOTNET_PROCESSOR_COUNT="$SLURM_CPUS_ON_NODE"
            exec {line}

            """.ReplaceLineEndings("\n");
        string path = PathOf(folder, name);
        AtomicFile.WriteAllText(path, text);
        return path;
    }

    private static string Quote(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
