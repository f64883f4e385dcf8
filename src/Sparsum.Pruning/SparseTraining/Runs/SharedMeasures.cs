using System.Text.Json;
using System.Text.Json.Serialization;
using Sparsum.Core;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>What the first of several processes measures; the others wait, and go by the same figures.</summary>
internal static class SharedMeasures
{
    /// <summary>Measures on the first process and tells the others.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="measure">What there is to tell, and the score, if there is one.</param>
    public static (IReadOnlyDictionary<string, double> Metrics, double? Score) Of(
        ProcessGroup group, Func<(IReadOnlyDictionary<string, double> Metrics, double? Score)> measure)
    {
        if (!group.HasOthers)
        {
            return measure();
        }

        byte[] json = [];
        if (group.IsFirst)
        {
            var (metrics, score) = measure();
            json = JsonSerializer.SerializeToUtf8Bytes(new Measures(new(metrics), score), MeasuresJson.Default.Measures);
        }

        var told = JsonSerializer.Deserialize(group.FromFirst(json), MeasuresJson.Default.Measures)!;
        return (told.Metrics, told.Score);
    }
}

/// <summary>Measures as they are told.</summary>
internal sealed record Measures(OrderedDictionary<string, double> Metrics, double? Score);

/// <summary>Writes and reads <see cref="Measures"/>.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Measures))]
internal sealed partial class MeasuresJson : JsonSerializerContext;
