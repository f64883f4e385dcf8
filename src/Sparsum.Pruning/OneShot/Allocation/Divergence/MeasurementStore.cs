using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Allocation.Divergence;

/// <summary>What a search has measured of pruned models, on disk, so that an interrupted search need not measure them again.</summary>
internal sealed class MeasurementStore
{
    private const string ValuesKey = "measured";
    private readonly string path;
    private readonly JsonObject file;

    private MeasurementStore(string path, JsonObject file)
    {
        this.path = path;
        this.file = file;
    }

    private JsonObject Values => file[ValuesKey]!.AsObject();

    /// <summary>Opens what earlier runs measured on the same windows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="windowsSha256">Identifies the windows.</param>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public static MeasurementStore Open(string path, string windowsSha256)
    {
        try
        {
            var file = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : null;
            bool isSame = (string?)file?["windowsSha256"] == windowsSha256;
            return new MeasurementStore(
                path, isSame ? file! : new JsonObject { ["windowsSha256"] = windowsSha256, [ValuesKey] = new JsonObject() });
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidInputException(
                "damaged-journal", "The interrupted run cannot be resumed: what it has measured is damaged.", exception)
            {
                File = path,
                Found = exception.Message,
                Hint = "Start again with `force` instead of `resume`.",
            };
        }
    }

    /// <summary>What was measured before, or is measured now and kept; infinite where it is no finite number.</summary>
    public double GetOrAdd(string key, Func<double> measure)
    {
        if (!Values.TryGetPropertyValue(key, out var known))
        {
            double value = measure();
            Values[key] = known = double.IsFinite(value) ? JsonValue.Create(value) : null;
            AtomicFile.WriteAllText(path, file.ToJsonString());
        }

        return known?.GetValue<double>() ?? double.PositiveInfinity;
    }
}
