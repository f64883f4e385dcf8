using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Pruning.HeadElimination;

/// <summary>
/// The saved form of head removal: <c>pruned_heads</c>, which Hugging Face libraries before version 5 understand, and <c>neuroprune</c>
/// with the whole history. A loader first shrinks the modules by it and then reads tensors.
/// </summary>
public static class PrunedHeads
{
    private const string History = "neuroprune";
    private const string Removed = "pruned_heads";

    /// <summary>Adds both entries to a configuration, replacing earlier ones.</summary>
    /// <param name="config">The model's <c>config.json</c>.</param>
    /// <param name="modules">Every attention module that was subject to elimination.</param>
    /// <param name="removal">Masked heads are still in the file, so they are not listed under <c>pruned_heads</c>.</param>
    public static void Write(JsonObject config, IReadOnlyList<PrunedModuleRecord> modules, HeadRemoval removal)
    {
        // The list of Hugging Face knows only self-attention, and of a model with two stacks only the encoder.
        string stack = modules.Any(module => module.Stack == "encoder") ? "encoder" : "decoder";
        var removed = new JsonObject();
        foreach (var module in modules.Where(module => module.Stack == stack && module.Kind == "self" && module.RemovedHeads.Count > 0))
        {
            if (removal == HeadRemoval.Physical)
            {
                removed[Name(module.Layer)] = Numbers(module.RemovedHeads);
            }
        }

        config[Removed] = removed;
        config[History] = new JsonObject
        {
            ["headRemoval"] = removal == HeadRemoval.Physical ? "physical" : "mask",
            ["modules"] = new JsonArray([.. modules.Select(ToJson)]),
        };
    }

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
        if (module.RemovedImportance.Count > 0)
        {
            json["removedImportance"] = Map(module.RemovedImportance, value => JsonValue.Create(value));
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
            RemovedImportance = Map<double>(module["removedImportance"]?.AsObject() ?? []),
        };
        bool isSound = record.KeptHeads.Count > 0
            && record.KeptHeads.All(head => head >= 0 && head < record.OriginalHeads)
            && record.KeptHeads.SequenceEqual(record.KeptHeads.Distinct().Order())
            && !record.MergedInto.Keys.Concat(record.RemovedImportance.Keys).Except(record.RemovedHeads).Any();
        return isSound ? record : throw new FormatException("The kept heads do not fit the others.");
    }

    private static JsonArray Numbers(IEnumerable<int> numbers) => new([.. numbers.Select(number => JsonValue.Create(number))]);

    private static JsonObject Map<T>(IReadOnlyDictionary<int, T> map, Func<T, JsonNode?> convert) =>
        new(map.OrderBy(pair => pair.Key).Select(pair => KeyValuePair.Create(Name(pair.Key), convert(pair.Value))));

    private static Dictionary<int, T> Map<T>(JsonObject map) =>
        map.ToDictionary(pair => int.Parse(pair.Key, CultureInfo.InvariantCulture), pair => pair.Value!.GetValue<T>());

    private static string Name(int number) => number.ToString(CultureInfo.InvariantCulture);
}
