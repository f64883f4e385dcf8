using System.Text.Json;
using System.Text.Json.Serialization;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>The perplexities that a search has measured, on disk, so that an interrupted search need not measure them again.</summary>
internal sealed class MeasurementStore
{
    private const string Name = "dsa.json";
    private readonly string path;
    private readonly Measurements file;

    private MeasurementStore(string path, Measurements file)
    {
        this.path = path;
        this.file = file;
    }

    /// <summary>Opens what earlier runs measured on the same windows.</summary>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public static MeasurementStore Open(string folder, string windowsSha256)
    {
        string path = Path.Combine(folder, Name);
        var file = StateFile.Read(path, DsaJson.Default.Measurements);
        return new MeasurementStore(path, file?.WindowsSha256 == windowsSha256 ? file : new Measurements(windowsSha256, []));
    }

    /// <summary>A perplexity that was measured before, or one that is measured now and kept.</summary>
    public double GetOrAdd(string key, Func<double> measure)
    {
        if (!file.Perplexities.TryGetValue(key, out double? known))
        {
            double value = measure();
            file.Perplexities[key] = known = double.IsFinite(value) ? value : null;
            AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(file, DsaJson.Default.Measurements));
        }

        return known ?? double.PositiveInfinity;
    }
}

/// <summary>What was measured.</summary>
/// <param name="WindowsSha256">Identifies the windows.</param>
/// <param name="Perplexities">By expression; null where it was not finite.</param>
internal sealed record Measurements(string WindowsSha256, Dictionary<string, double?> Perplexities);

/// <summary>The JSON form of <see cref="Measurements"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Measurements))]
internal sealed partial class DsaJson : JsonSerializerContext;
