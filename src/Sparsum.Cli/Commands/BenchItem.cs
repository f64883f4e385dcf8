using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Sparsum.Tensors;

namespace Sparsum.Cli.Commands;

/// <summary>
/// One measured model. Times at the top level are those of whole sequences, <c>decode</c> those of one more token, which only language models
/// have.
/// </summary>
internal sealed record BenchItem(string Model, FolderSize Size, long PeakBytes, LatencyResult Prefill, LatencyResult? Decode)
{
    /// <summary>How the matrices were held while they were timed, and how many of them: what <c>auto</c> chose cannot be seen otherwise.</summary>
    public required IReadOnlyDictionary<StorageType, int> Storages { get; init; }

    public JsonObject ToJson(bool hasBaseline)
    {
        var json = new JsonObject
        {
            ["model"] = Model,
            ["kind"] = "prefill",
            ["bytesOnDisk"] = Size.Total,
            ["weightBytesOnDisk"] = Size.Weights,
            ["peakBytes"] = PeakBytes,
            ["matrixStorages"] = new JsonObject(Storages.Select(storage => KeyValuePair.Create(StorageOption.NameOf(storage.Key), (JsonNode?)storage.Value))),
        };
        AddTimes(json, Prefill, hasBaseline);
        if (Decode is not null)
        {
            var decode = new JsonObject();
            AddTimes(decode, Decode, hasBaseline);
            json["decode"] = decode;
        }

        return json;
    }

    /// <summary>The times of one model, and how they compare with the baseline's.</summary>
    public static void AddTimes(JsonObject json, LatencyResult times, bool hasBaseline)
    {
        json["medianMilliseconds"] = JsonText.Number(times.MedianMilliseconds);
        json["lowerQuartileMilliseconds"] = JsonText.Number(times.LowerQuartile);
        json["upperQuartileMilliseconds"] = JsonText.Number(times.UpperQuartile);
        json["minMilliseconds"] = JsonText.Number(times.MinMilliseconds);
        json["maxMilliseconds"] = JsonText.Number(times.MaxMilliseconds);
        json["tokensPerSecond"] = JsonText.Number(times.TokensPerSecond);
        json["ratio"] = hasBaseline ? JsonText.Number(times.Ratio) : null;
        json["ratioInterval"] = hasBaseline ? new JsonArray(times.MinRatio, times.MaxRatio) : null;
        json["isDifferent"] = hasBaseline ? times.IsDifferent : null;
    }
}
