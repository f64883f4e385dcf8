using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Reporting.Records;

/// <summary>
/// Reads run records leniently: fields that are not known are passed over, fields of another type count as absent, so that records of later
/// versions still give a page. Only what is no record at all is an error.
/// </summary>
internal static class RunRecordReader
{
    public static RunRecord Read(ReadOnlyMemory<byte> json, string? file)
    {
        try
        {
            var root = StrictJson.Parse(json, file ?? "a run record");
            return Text(root, "command") is { } command ? Read(root, command) : throw NoRecord(file, null);
        }
        catch (InvalidInputException error) when (error.Code == JsonRules.Default.Code)
        {
            throw NoRecord(file, error);
        }
    }

    private static RunRecord Read(JsonElement root, string command) => new()
    {
        Command = command,
        Version = Text(root, "version"),
        Model = Text(root, "model"),
        Output = Text(root, "output"),
        Options = [.. Options(root)],
        Seed = Member(root, "seed") is { } seed ? ValueText(seed) : null,
        Started = Text(root, "started"),
        Seconds = Number(root, "seconds"),
        PeakBytes = Integer(root, "peakBytes"),
        Sparsity = Number(root, "sparsity"),
        RegularisedSparsity = Share(root, "regularised") ?? (command is "train" ? Number(root, "sparsity") : null),
        MatrixSparsity = Share(root, "plusOutput") ?? (command is "train" ? null : Number(root, "sparsity")),
        Blocks = [.. Elements(root, "blocks").Where(block => Number(block, "sparsity") is not null).Select(Block)],
        Perplexity = Number(root, "perplexity"),
        HasPerplexity = Member(root, "perplexity") is not null,
        Protocol = Text(root, "protocol"),
        Tokens = Integer(root, "tokens"),
        Window = Integer(root, "window"),
        DataSha256 = Text(root, "dataSha256"),
        Task = Text(root, "task"),
        Metrics = [.. Metrics(root)],
        HeadsLeft = Integer(root, "headsLeft"),
        TrainSeconds = Number(root, "trainSeconds"),
        Steps = Integer(root, "steps"),
        Curve = [.. Elements(root, "curve").Select(point => (Number(point, "step") ?? double.NaN, Number(point, "loss") ?? double.NaN))],
        ValidationPerplexity = Number(root, "validationPerplexity"),
        Score = Number(root, "score"),
        Topology = Member(root, "insights") is { ValueKind: JsonValueKind.Object } insights ? Topology(root, insights) : null,
        Compaction = command == "compact" ? Compaction(root) : null,
        Texts = [.. command == "generate" ? Elements(root, "items").Select(item => new TextRecord(Text(item, "prompt") ?? "", Text(item, "text") ?? "")) : []],
        Items = [.. command == "bench" ? Elements(root, "items").Select(Benchmark) : []],
    };

    private static double? Share(JsonElement root, string denominator) =>
        Member(root, "sparsities") is { } shares && Member(shares, denominator) is { } share ? Number(share, "sparsity") : null;

    private static IEnumerable<(string Name, string Value)> Options(JsonElement root) =>
        Member(root, "options") is { ValueKind: JsonValueKind.Object } options
            ? options.EnumerateObject().Select(option => (option.Name, ValueText(option.Value)))
            : [];

    private static IEnumerable<(string Name, double Value)> Metrics(JsonElement root) =>
        Member(root, "metrics") is { ValueKind: JsonValueKind.Object } metrics
            ? metrics.EnumerateObject().Select(metric => (metric.Name, Number(metrics, metric.Name) ?? double.NaN))
            : [];

    private static TopologyRecord Topology(JsonElement root, JsonElement insights)
    {
        var connectivity = Member(insights, "connectivity") ?? default;
        return new TopologyRecord(
            [.. Elements(root, "heads").Where(heads => heads.ValueKind == JsonValueKind.Number && heads.TryGetInt64(out _)).Select(heads => heads.GetInt64())],
            [.. Elements(insights, "removedHeads").Select(head => (
                string.Join(' ', new[] { Integer(head, "block") is { } block ? $"block {block:00}" : "", Text(head, "kind") ?? "" }.Where(part => part.Length > 0)),
                Integer(head, "head") ?? 0))],
            [.. Elements(connectivity, "histogram").Where(count => count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out _)).Select(count => count.GetInt64())],
            Number(connectivity, "standardDeviation"),
            Number(insights, "relativeImportanceOfRemoved"));
    }

    private static CompactionRecord Compaction(JsonElement root) => new(
        Integer(root, "parametersBefore"), Integer(root, "parameters"), Integer(root, "bytesBefore"), Integer(root, "bytes"));

    private static BlockRecord Block(JsonElement block, int place)
    {
        // Layers are named within their block; a full name loses the block's.
        string prefix = Text(block, "name") is { } name ? name + "." : "";
        var layers = Elements(block, "layers").Select(layer => new LayerRecord(
            Text(layer, "name") is { } full ? full[(full.StartsWith(prefix, StringComparison.Ordinal) ? prefix.Length : 0)..] : "",
            Number(layer, "sparsity") ?? double.NaN));
        return new BlockRecord((int)(Integer(block, "index") ?? place), Number(block, "sparsity") ?? double.NaN, [.. layers]);
    }

    private static BenchmarkRecord Benchmark(JsonElement item) => new()
    {
        Model = Text(item, "model") ?? "",
        BytesOnDisk = Integer(item, "bytesOnDisk"),
        PeakBytes = Integer(item, "peakBytes"),
        MedianMilliseconds = Number(item, "medianMilliseconds"),
        MinMilliseconds = Number(item, "minMilliseconds"),
        MaxMilliseconds = Number(item, "maxMilliseconds"),
        TokensPerSecond = Number(item, "tokensPerSecond"),
        Ratio = Number(item, "ratio"),
        IsDifferent = Member(item, "isDifferent") is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null,
        Kind = Text(item, "kind"),
    };

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static double? Number(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } value
        && value.TryGetDouble(out double number)
        && double.IsFinite(number)
            ? number
            : null;

    private static long? Integer(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number) ? number : null;

    private static IEnumerable<JsonElement> Elements(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    private static string ValueText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(ValueText)),
        _ => value.GetRawText(),
    };

    private static InvalidInputException NoRecord(string? file, InvalidInputException? error) =>
        new("malformed-run-record", $"{(file is null ? "The document" : $"'{file}'")} is no run record.", error)
        {
            File = file,
            Found = error?.Found ?? "a document without a field \"command\"",
            Expected = "the JSON document of a run",
            Hint = "Give the run.json of a run folder, or what a run printed with `json`.",
        };
}
