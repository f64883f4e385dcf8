using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Pruning.HeadElimination;

/// <summary>
/// What became of heads, as <c>config.json</c> keeps it under <c>neuroprune</c>. It is for reports; a loader goes by <c>pruned_heads</c>, which
/// Hugging Face libraries before version 5 understand too and which the writer of models derives from the model itself.
/// </summary>
public static class EliminationHistory
{
    private const string History = "neuroprune";

    /// <summary>Adds the entry to a configuration, replacing an earlier one.</summary>
    /// <param name="config">The model's <c>config.json</c>.</param>
    /// <param name="modules">Every attention module that was subject to elimination.</param>
    /// <param name="removal">Whether heads were cut out or zeroed.</param>
    public static void Write(JsonObject config, IReadOnlyList<PrunedModuleRecord> modules, HeadRemoval removal) =>
        config[History] = new JsonObject
        {
            ["headRemoval"] = removal == HeadRemoval.Physical ? "physical" : "mask",
            ["modules"] = new JsonArray([.. modules.Select(ToJson)]),
        };

    /// <summary>Reads the modules back; none when the configuration has no such entry.</summary>
    /// <exception cref="InvalidInputException">The entry is malformed.</exception>
    public static IReadOnlyList<PrunedModuleRecord> Read(JsonObject config)
    {
        if (config[History] is not { } history)
        {
            return [];
        }

        try
        {
            return [.. history["modules"]!.AsArray().Select(module => FromJson(module!.AsObject()))];
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or JsonException
            or NullReferenceException or OverflowException or ArgumentException)
        {
            throw new InvalidInputException("bad-pruned-heads", "The list of pruned heads cannot be read.", exception)
            {
                File = "config.json",
                Found = history.ToJsonString(),
                Expected = $"\"{History}\": {{ \"modules\": [ {{ \"stack\", \"layer\", \"kind\", \"originalHeads\", \"keptHeads\", ... }} ] }}",
                Hint = "Copy config.json again from the run that pruned the model.",
            };
        }
    }

    private static JsonObject ToJson(PrunedModuleRecord module)
    {
        var json = Required(module);
        if (module.Removals.Count > 0)
        {
            json["removedImportance"] = Map(module.Removals, value => JsonValue.Create(value.Removed));
            json["keptImportance"] = Map(module.Removals, value => JsonValue.Create(value.Kept));
        }

        return json;
    }

    private static JsonObject Required(PrunedModuleRecord module) => new()
    {
        ["stack"] = module.Stack,
        ["layer"] = module.Layer,
        ["kind"] = module.Kind,
        ["originalHeads"] = module.OriginalHeads,
        ["keptHeads"] = Numbers(module.KeptHeads),
        ["removedAtEpoch"] = Map(module.RemovedAtEpoch, value => JsonValue.Create(value)),
        ["mergedInto"] = Map(module.MergedInto, value => JsonValue.Create(value)),
    };

    private static PrunedModuleRecord FromJson(JsonObject module)
    {
        var record = new PrunedModuleRecord(
            module["stack"]!.GetValue<string>(),
            module["layer"]!.GetValue<int>(),
            module["kind"]!.GetValue<string>(),
            module["originalHeads"]!.GetValue<int>(),
            [.. module["keptHeads"]!.AsArray().Select(head => head!.GetValue<int>())],
            Map<int>(module["removedAtEpoch"]!.AsObject()),
            Map<int>(module["mergedInto"]!.AsObject()))
        {
            Removals = Removals(module),
        };
        bool isSound = record.KeptHeads.Count > 0
            && record.KeptHeads.All(head => head >= 0 && head < record.OriginalHeads)
            && record.KeptHeads.SequenceEqual(record.KeptHeads.Distinct().Order())
            && !record.MergedInto.Keys.Concat(record.Removals.Keys).Except(record.RemovedHeads).Any();
        return isSound ? record : throw new FormatException("The kept heads do not fit the others.");
    }

    /// <summary>Histories of earlier versions do not say what stayed, and so nothing that could be compared.</summary>
    private static Dictionary<int, RemovalImportance> Removals(JsonObject module)
    {
        var kept = Map<double>(module["keptImportance"]?.AsObject() ?? []);
        return Map<double>(module["removedImportance"]?.AsObject() ?? [])
            .Where(head => kept.ContainsKey(head.Key))
            .ToDictionary(head => head.Key, head => new RemovalImportance(head.Value, kept[head.Key]));
    }

    private static JsonArray Numbers(IEnumerable<int> numbers) => new([.. numbers.Select(number => JsonValue.Create(number))]);

    private static JsonObject Map<T>(IReadOnlyDictionary<int, T> map, Func<T, JsonNode?> convert) =>
        new(map.OrderBy(pair => pair.Key).Select(pair => KeyValuePair.Create(Name(pair.Key), convert(pair.Value))));

    private static Dictionary<int, T> Map<T>(JsonObject map) =>
        map.ToDictionary(pair => int.Parse(pair.Key, CultureInfo.InvariantCulture), pair => pair.Value!.GetValue<T>());

    private static string Name(int number) => number.ToString(CultureInfo.InvariantCulture);
}
