using System.Buffers;
using System.Text;
using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Reporting.Records;

/// <summary>
/// The records that paths stand for: a run's folder (its <c>run.json</c>), a file with the document of a run, the folder of a demo (the runs that
/// it was made of), and the folder or the <c>results.jsonl</c> of a sweep (the documents of all finished steps).
/// </summary>
public sealed class RunSet
{
    private const string Document = "run.json";
    private const string SweepResults = "results.jsonl";

    private readonly List<RunRecord> records = [];
    private readonly List<string> remarks = [];
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly string baseFolder;

    private RunSet(string baseFolder) => this.baseFolder = baseFolder;

    /// <summary>The records in the order of the paths, each once.</summary>
    public IReadOnlyList<RunRecord> Records => records;

    /// <summary>What a reader of the records should know: runs of a sweep that failed.</summary>
    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>Reads all that the paths stand for.</summary>
    /// <param name="paths">Folders and files.</param>
    /// <param name="baseFolder">The folder that relative paths within records start from: where the runs were started.</param>
    /// <exception cref="InvalidInputException">
    /// A path does not exist or its folder keeps no record, <c>missing-run-record</c>; a file is no record, <c>malformed-run-record</c>; or it is that
    /// of a run that failed, <c>failed-run-record</c>.
    /// </exception>
    public static RunSet Load(IEnumerable<string> paths, string baseFolder)
    {
        var set = new RunSet(baseFolder);
        foreach (string path in paths)
        {
            set.AddPath(path);
        }

        return set;
    }

    private void AddPath(string path)
    {
        string results = Directory.Exists(path) ? Path.Combine(path, SweepResults) : path;
        string file = Directory.Exists(path) ? Path.Combine(path, Document) : path;
        if (results.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) && File.Exists(results))
        {
            AddSweep(results);
        }
        else if (File.Exists(file))
        {
            Add(StrictJson.Parse(ReadBytes(file), file, Rules), file, Directory.Exists(path) ? Path.GetFullPath(path) : null);
        }
        else
        {
            throw RunRecordReader.Missing(path, file);
        }
    }

    private void Add(JsonElement root, string file, string? location)
    {
        if (Member(root, "error") is not null)
        {
            throw new InvalidInputException("failed-run-record", $"'{file}' is the document of a run that failed.")
            {
                File = file,
                Found = Member(root, "error")?.ToString(),
                Expected = "the document of a run that was done",
                Hint = "Leave it out, or run it again.",
            };
        }

        if (Member(root, "command") is { ValueKind: JsonValueKind.String } command && command.GetString() == "demo"
            && Member(root, "runs") is { ValueKind: JsonValueKind.Array } runs)
        {
            foreach (var run in runs.EnumerateArray())
            {
                Add(run, file, null);
            }

            return;
        }

        // What every verb writes; a file that merely has a "command" is none.
        foreach (var (field, kind) in ((string, JsonValueKind)[])[("version", JsonValueKind.String), ("started", JsonValueKind.String), ("options", JsonValueKind.Object)])
        {
            if (Member(root, field)?.ValueKind != kind)
            {
                throw RunRecordReader.NoRecord(file, $"a document without a field \"{field}\"");
            }
        }

        // Of a file elsewhere nobody knows whether its folder is the run's.
        if (seen.Add(Canonical(root)))
        {
            string? owner = location ?? (Path.GetFileName(file) == Document ? Path.GetDirectoryName(Path.GetFullPath(file)) : null);
            var record = RunRecordReader.Read(root, file);
            records.Add(record with { BaseFolder = baseFolder, Location = record.IsWriter ? owner : null });
        }
    }

    private void AddSweep(string file)
    {
        foreach (var (number, line) in Encoding.UTF8.GetString(ReadBytes(file)).Split('\n').Index().Where(line => line.Item.Trim().Length > 0))
        {
            string place = $"{file}, line {number + 1}";
            var run = StrictJson.Parse(Encoding.UTF8.GetBytes(line), place, Rules);
            if (Member(run, "steps") is not { ValueKind: JsonValueKind.Object } steps)
            {
                throw RunRecordReader.NoRecord(place, "a line without \"steps\"");
            }

            foreach (var step in steps.EnumerateObject())
            {
                Add(step.Value, place, null);
            }

            if (Member(run, "state")?.ToString() != "done")
            {
                remarks.Add($"Run '{Member(run, "id")}' of the sweep '{file}' failed{(Member(run, "step") is { ValueKind: JsonValueKind.String } at ? $" in '{at}'" : "")}: "
                    + "only the steps before that are here.");
            }
        }
    }

    private static JsonRules Rules { get; } = new() { Code = "malformed-run-record", Hint = RunRecordReader.Hint };

    private static byte[] ReadBytes(string file) => StrictJson.ReadBytes(file, Rules);

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    /// <summary>The document without its spacing, by which the same record is known in two files.</summary>
    private static string Canonical(JsonElement root)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            root.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
