using System.Text.Json;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps.Slurm;

/// <summary>
/// Runs that were handed in as one job array. The record lies in the sweep's folder from before the jobs are handed in until their ends are told, and
/// says to its members what to run, whatever happens to the recipe meanwhile.
/// </summary>
/// <param name="Name">The name of the job, like no other's.</param>
/// <param name="Job">The number of the job; null until it is known.</param>
/// <param name="Runs">The folder of the runs.</param>
/// <param name="Members">The runs; the place of each is its index in the array.</param>
internal sealed record SlurmSubmission(string Name, string? Job, string Runs, IReadOnlyList<PlannedRun> Members)
{
    private const string Extension = ".json";
    private static readonly JsonRules Rules = new() { Code = "damaged-record", Hint = "Cancel the jobs, remove this file, then sweep again." };
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>The record in a folder of submissions.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(folder, name + Extension);

    /// <summary>Reads a record.</summary>
    /// <exception cref="InvalidInputException">It is missing or damaged.</exception>
    public static SlurmSubmission Read(string path)
    {
        try
        {
            return StrictJson.ReadNode(path, Rules).Deserialize<SlurmSubmission>(Format) is { Name: not null, Runs: not null, Members: not null } read
                ? read
                : throw new JsonException("'name', 'runs' or 'members' is missing.");
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException(Rules.Code, $"'{path}' is no record of jobs: {exception.Message}", exception) { File = path, Hint = Rules.Hint };
        }
    }

    /// <summary>Reads all records of a folder, which need not be there.</summary>
    public static IReadOnlyList<SlurmSubmission> ReadAll(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).Select(Read)]
        : [];

    public void Write(string folder) =>
        AtomicFile.WriteAllText(PathOf(folder, Name), JsonText.Format(JsonSerializer.SerializeToNode(this, Format)!) + "\n");

    /// <summary>Removes the record and the script; what the jobs logged stays.</summary>
    public void Delete(string folder)
    {
        File.Delete(PathOf(folder, Name));
        File.Delete(SlurmScript.PathOf(folder, Name));
    }
}
