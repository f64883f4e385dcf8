using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Models;

/// <summary>
/// The models that records tell of. Records are joined by what stands in them: a run wrote the model that its <c>output</c> names, and read or
/// measured the one that its <c>model</c> names; a name of the hub is a model together with its commit.
/// </summary>
internal sealed class ModelCatalog
{
    private readonly List<ModelEntry> entries = [];
    private readonly Dictionary<string, List<ModelEntry>> written = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelEntry> unwritten = new(StringComparer.Ordinal);
    private readonly Dictionary<RunRecord, ModelEntry> outputs = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RunRecord, ModelEntry> inputs = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> remarks = [];

    public ModelCatalog(IReadOnlyList<RunRecord> records)
    {
        Records = records;
        foreach (var record in records.Where(record => record.IsWriter))
        {
            var entry = new ModelEntry(record.Output!, record);
            entries.Add(entry);
            outputs.Add(record, entry);
            foreach (string alias in Aliases(record).Distinct(StringComparer.Ordinal))
            {
                (written.TryGetValue(alias, out var same) ? same : written[alias] = []).Add(entry);
            }
        }

        foreach (var record in records.Where(record => record.Model is not null))
        {
            Link(record);
        }

        foreach (var record in records)
        {
            foreach (var item in record.Items.Where(item => item.Model.Length > 0))
            {
                Find(item.Model, record).Benchmarks.Add((record, item));
            }
        }

        NameAll();
    }

    /// <summary>All records in the order given.</summary>
    public IReadOnlyList<RunRecord> Records { get; }

    /// <summary>The models in the order in which records first tell of them, those that were there before any run first.</summary>
    public IReadOnlyList<ModelEntry> Entries => entries;

    /// <summary>What could not be joined, and why.</summary>
    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>The model that a run wrote, or else the one that it read; null for a run on none.</summary>
    public ModelEntry? Of(RunRecord record) => outputs.GetValueOrDefault(record) ?? inputs.GetValueOrDefault(record);

    /// <summary>What people call the model that a run wrote, or else read.</summary>
    public string NameOf(RunRecord record) => Of(record)?.Name ?? "–";

    /// <summary>What people call the model that a run read.</summary>
    public string InputNameOf(RunRecord record) => inputs.GetValueOrDefault(record)?.Name ?? "–";

    /// <summary>The model that an item of a <c>bench</c> run is of.</summary>
    public ModelEntry? Of(RunRecord record, BenchmarkRecord item) => entries.Find(entry => entry.Benchmarks.Exists(known => known.Run == record && known.Item == item));

    private static IEnumerable<string> Aliases(RunRecord writer) =>
        new[] { ModelPath.Normalize(writer.Output!, writer.BaseFolder), writer.Location is null ? null : ModelPath.Normalize(writer.Location, null) }.OfType<string>();

    private void Link(RunRecord record)
    {
        var own = outputs.GetValueOrDefault(record);
        var input = Find(record.Model!, record, own);
        inputs.Add(record, input);

        // A bench names its models once more among its items.
        if (record.Items.Count == 0)
        {
            input.Add(record);
        }

        if (own is not null)
        {
            (own.Base, input.HasOffspring) = (input, true);
        }
    }

    /// <summary>The model of a name in a record.</summary>
    /// <param name="path">The name.</param>
    /// <param name="record">The record.</param>
    /// <param name="self">The model that the record's run wrote, which is not what it read.</param>
    private ModelEntry Find(string path, RunRecord record, ModelEntry? self = null)
    {
        string? commit = record.Hub.FirstOrDefault(input => input.Name == path).Commit;
        string key = commit is null ? ModelPath.Normalize(path, record.BaseFolder) : $"{path}@{commit}";
        var candidates = commit is null ? written.GetValueOrDefault(key, []).Where(entry => entry != self && !IsMadeFrom(entry, self)).ToList() : [];
        return candidates.Count switch
        {
            0 => Unwritten(key, path),
            1 => candidates[0],
            _ => Choose(candidates, key, path, record),
        };
    }

    /// <summary>No model was made from one that was made from it.</summary>
    private static bool IsMadeFrom(ModelEntry entry, ModelEntry? other) => other is not null && (entry.Base == other || (entry.Base is { } next && IsMadeFrom(next, other)));

    /// <summary>Of several models that were written to one place, one after the other, a run read the last one before it.</summary>
    private ModelEntry Choose(List<ModelEntry> candidates, string key, string path, RunRecord record)
    {
        if (candidates.Where(entry => entry.Writer!.Location is { } place && ModelPath.Normalize(place, null) == key).ToList() is [var there])
        {
            return there;
        }

        bool isOnePlace = candidates.Select(entry => entry.Writer!.Location).OfType<string>().Distinct(StringComparer.Ordinal).Count() <= 1;
        var earlier = candidates
            .Where(entry => entry.Writer!.Started is not null && string.CompareOrdinal(entry.Writer.Started, record.Started) <= 0)
            .OrderBy(entry => entry.Writer!.Started, StringComparer.Ordinal)
            .ToList();
        if (isOnePlace && record.Started is not null && earlier.Count > 0)
        {
            return earlier[^1];
        }

        string remark = $"'{path}' is the output of {candidates.Count} runs, and the records do not tell which of them '{record.Command}' read: what it found has a row of its own.";
        if (!remarks.Contains(remark))
        {
            remarks.Add(remark);
        }

        return Unwritten($"?{key}", path);
    }

    private ModelEntry Unwritten(string key, string path)
    {
        if (!unwritten.TryGetValue(key, out var entry))
        {
            entry = unwritten[key] = new ModelEntry(path, null);
            entries.Insert(unwritten.Count - 1, entry);
        }

        return entry;
    }

    /// <summary>As few parts of the path as tell the models apart.</summary>
    private void NameAll()
    {
        const int MostParts = 64;
        var open = entries.ToList();
        for (int parts = 1; parts <= MostParts && open.Count > 0; parts++)
        {
            var names = open.GroupBy(entry => ModelPath.Tail(entry.Path, parts), StringComparer.Ordinal).ToList();
            foreach (var name in names.Where(name => name.Count() == 1))
            {
                name.Single().Name = name.Key;
            }

            open = [.. names.Where(name => name.Count() > 1).SelectMany(name => name)];
        }

        foreach (var (number, entry) in open.Index())
        {
            entry.Name = $"{ModelPath.Tail(entry.Path, 1)} ({entry.Writer?.Started ?? $"{number + 1}"})";
        }
    }
}
