using System.Text.Json;
using System.Text.Json.Serialization;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Allocation.Divergence;

/// <summary>What a search has measured of pruned models, on disk, so that an interrupted search need not measure them again.</summary>
internal sealed class MeasurementStore
{
    private readonly string path;
    private readonly Measurements file;

    private MeasurementStore(string path, Measurements file)
    {
        this.path = path;
        this.file = file;
    }

    /// <summary>Opens what earlier runs measured on the same windows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="windowsSha256">Identifies the windows.</param>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public static MeasurementStore Open(string path, string windowsSha256)
    {
        var file = StateFile.Read(path, MeasurementJson.Default.Measurements);
        return new MeasurementStore(path, file?.WindowsSha256 == windowsSha256 ? file : new Measurements(windowsSha256, []));
    }

    /// <summary>What was measured before, or is measured now and kept; infinite where it is no finite number.</summary>
    public double GetOrAdd(string key, Func<double> measure)
    {
        if (!file.Measured.TryGetValue(key, out double? known))
        {
            double value = measure();
            file.Measured[key] = known = double.IsFinite(value) ? value : null;
            AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(file, MeasurementJson.Default.Measurements));
        }

        return known ?? double.PositiveInfinity;
    }
}

/// <summary>What was measured.</summary>
/// <param name="WindowsSha256">Identifies the windows.</param>
/// <param name="Measured">By what was measured; null where it was not finite.</param>
internal sealed record Measurements(string WindowsSha256, Dictionary<string, double?> Measured);

/// <summary>The JSON form of <see cref="Measurements"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Measurements))]
internal sealed partial class MeasurementJson : JsonSerializerContext;
