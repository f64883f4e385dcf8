using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;

namespace Sparsum.Cli.Verdicts;

/// <summary>What was measured of a model before and now. What is null was not measured, and <see cref="NotMeasured"/> says why.</summary>
internal sealed record VerdictFacts
{
    public required long BytesBefore { get; init; }

    public required long BytesNow { get; init; }

    /// <summary>Times of whole sequences, before and now.</summary>
    public (LatencyResult Before, LatencyResult Now)? Prefill { get; init; }

    /// <summary>Times of one more token, before and now.</summary>
    public (LatencyResult Before, LatencyResult Now)? Decode { get; init; }

    public long? PeakBefore { get; init; }

    public long? PeakNow { get; init; }

    public PerplexityChange? Perplexity { get; init; }

    /// <summary>What the weights would come to when compacted; null where that is not known or nothing is left to be compacted.</summary>
    public long? CompactedBytes { get; init; }

    /// <summary>What was not measured, and why.</summary>
    public IReadOnlyDictionary<string, string> NotMeasured { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens of the timed sequences.</summary>
    public int Tokens { get; init; }

    public double Seconds { get; init; }

    public JsonObject ToJson(RunContext context, VerdictRequest request) => new()
    {
        ["before"] = request.BeforeName,
        ["pays"] = JsonText.NameOf(VerdictWords.Judge(this)),
        ["sentence"] = VerdictWords.Sentence(this, request),
        ["next"] = VerdictWords.Next(this, request),
        ["weightBytes"] = new JsonObject { ["before"] = BytesBefore, ["now"] = BytesNow, ["compacted"] = CompactedBytes },
        ["prefill"] = Times(Prefill),
        ["decode"] = Times(Decode),
        ["peakBytes"] = PeakNow is null ? null : new JsonObject { ["before"] = PeakBefore, ["now"] = PeakNow },
        ["quality"] = request.Score?.DeepClone() ?? Perplexity?.ToJson(request),
        ["notMeasured"] = new JsonObject(NotMeasured.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        ["tokens"] = Tokens,
        ["threads"] = context.ThreadsInUse,
        ["processor"] = Processor.Name,
        ["seconds"] = Math.Round(Seconds, 3),
    };

    private static JsonObject? Times((LatencyResult Before, LatencyResult Now)? times)
    {
        if (times is not var (before, now))
        {
            return null;
        }

        var record = new JsonObject { ["beforeMilliseconds"] = JsonText.Number(before.MedianMilliseconds), ["passes"] = now.Milliseconds.Count };
        BenchItem.AddTimes(record, now, hasBaseline: true);
        return record;
    }
}

/// <summary>The perplexity of both models on the same sequences.</summary>
/// <param name="Before">That of the model before.</param>
/// <param name="Now">That of the output.</param>
/// <param name="IsDifferent">Whether they differ by more than the sequences among themselves explain.</param>
/// <param name="Sequences">How many sequences.</param>
/// <param name="Tokens">Predicted tokens.</param>
internal sealed record PerplexityChange(double Before, double Now, bool IsDifferent, int Sequences, long Tokens)
{
    /// <summary>In words, with what it was measured on.</summary>
    public string Describe(VerdictRequest request) =>
        $"perplexity {Units.Number(Before)} → {Units.Number(Now)}{(IsDifferent ? "" : ", within the noise")}, on {Sequences} sequences with {Units.Count(Tokens)} tokens: {request.HeldOutSource}";

    public JsonObject ToJson(VerdictRequest request) => new()
    {
        ["metric"] = "perplexity",
        ["before"] = JsonText.Number(Before),
        ["now"] = JsonText.Number(Now),
        ["isDifferent"] = IsDifferent,
        ["sequences"] = Sequences,
        ["tokens"] = Tokens,
        ["data"] = request.HeldOutSource,
        ["dataSha256"] = request.HeldOutSha256,
    };
}

/// <summary>Whether something pays.</summary>
internal enum Payment
{
    /// <summary>It is smaller or faster, and in nothing worse.</summary>
    Yes,

    /// <summary>It is smaller or faster in one thing and worse in another.</summary>
    InPart,

    /// <summary>Not as it is, but once compacted.</summary>
    NotYet,

    /// <summary>No.</summary>
    No,
}
