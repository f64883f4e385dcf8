using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Reporting.Records;

/// <summary>
/// Reads run records leniently: fields that are not known are passed over, fields of another type count as absent, so that records of later
/// versions still give a page. Only what is no record at all is an error.
/// </summary>
internal static class RunRecordReader
{
    /// <summary>What to give instead of what is no record.</summary>
    public const string Hint = "Give the run.json of a run folder, or what a run printed with `json`.";

    public static RunRecord Read(ReadOnlyMemory<byte> json, string? file)
    {
        try
        {
            var root = StrictJson.Parse(json, file ?? "a run record");
            return Read(root, file);
        }
        catch (InvalidInputException error) when (error.Code == JsonRules.Default.Code)
        {
            throw NoRecord(file, error: error);
        }
    }

    /// <summary>Reads a document that was parsed already.</summary>
    public static RunRecord Read(JsonElement root, string? file) =>
        Text(root, "command") is { } command ? ReadFields(root, command) : throw NoRecord(file);

    private static RunRecord ReadFields(JsonElement root, string command) => new()
    {
        Command = command,
        Version = Text(root, "version"),
        Model = Text(root, "model"),
        Output = Text(root, "output"),
        Hub = [.. Elements(root, "hub").Where(input => Text(input, "name") is not null && Text(input, "commit") is not null)
            .Select(input => (Text(input, "name")!, Text(input, "commit")!))],
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
        Examples = Integer(root, "examples"),
        Task = Text(root, "task"),
        Metrics = [.. Metrics(root)],
        HeadsLeft = Integer(root, "headsLeft") ?? (command == "compact" ? HeadsAfter(root) : null),
        TrainSeconds = Number(root, "trainSeconds"),
        Steps = Integer(root, "steps"),
        Curve = [.. Elements(root, "curve").Select(point => (Number(point, "step") ?? double.NaN, Number(point, "loss") ?? double.NaN))],
        ValidationPerplexity = Number(root, "validationPerplexity"),
        ValidationTargets = Integer(root, "validationTargets"),
        ZeroShot = [.. ZeroShot(root)],
        MeanAccuracy = Number(root, "meanAcc"),
        Score = Number(root, "score"),
        Topology = Member(root, "insights") is { ValueKind: JsonValueKind.Object } insights ? Topology(root, insights) : null,
        Parameters = Integer(root, "parameters"),
        BytesOnDisk = Integer(root, "bytesOnDisk"),
        Processor = Text(root, "processor"),
        ThreadsUsed = Integer(root, "threadsUsed"),
        Baseline = Text(root, "baseline"),
        Compaction = command is "compact" or "convert" ? Compaction(root) : null,
        Verdict = Member(root, "verdict") is { ValueKind: JsonValueKind.Object } verdict ? Verdict(verdict) : null,
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
            [.. Elements(insights, "removedHeads").Select(head => (Module(head), Integer(head, "head") ?? 0))],
            [.. Elements(insights, "headZeros").Select(module => (Module(module), (IReadOnlyList<double>)[.. Elements(module, "shares").Select(share => share.ValueKind == JsonValueKind.Number ? share.GetDouble() : double.NaN)]))],
            [.. Elements(connectivity, "histogram").Where(count => count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out _)).Select(count => count.GetInt64())],
            Number(connectivity, "standardDeviation"),
            Number(insights, "relativeImportanceOfRemoved"));
    }

    /// <summary>Block and kind of an attention module.</summary>
    private static string Module(JsonElement module) =>
        string.Join(' ', new[] { Integer(module, "block") is { } block ? $"block {block:00}" : "", Text(module, "kind") ?? "" }.Where(part => part.Length > 0));

    private static CompactionRecord Compaction(JsonElement root) => new(
        Integer(root, "parametersBefore"), Integer(root, "parameters"), Integer(root, "bytesBefore"), Integer(root, "bytes"),
        Number(root, "sparsityBefore"));

    private static VerdictRecord Verdict(JsonElement verdict)
    {
        var (weights, peak, quality) = (Member(verdict, "weightBytes") ?? default, Member(verdict, "peakBytes") ?? default, Member(verdict, "quality") ?? default);
        return new VerdictRecord
        {
            Before = Text(verdict, "before"),
            Pays = Text(verdict, "pays"),
            Sentence = Text(verdict, "sentence"),
            BytesBefore = Integer(weights, "before"),
            BytesNow = Integer(weights, "now"),
            BytesCompacted = Integer(weights, "compacted"),
            Prefill = Member(verdict, "prefill") is { ValueKind: JsonValueKind.Object } prefill ? Times(prefill) : null,
            PrefillMillisecondsBefore = Number(Member(verdict, "prefill") ?? default, "beforeMilliseconds"),
            Decode = Member(verdict, "decode") is { ValueKind: JsonValueKind.Object } decode ? Times(decode) : null,
            DecodeMillisecondsBefore = Number(Member(verdict, "decode") ?? default, "beforeMilliseconds"),
            PeakBytesBefore = Integer(peak, "before"),
            PeakBytesNow = Integer(peak, "now"),
            Metric = Text(quality, "metric"),
            QualityBefore = Number(quality, "before"),
            QualityNow = Number(quality, "now"),
            IsQualityDifferent = Member(quality, "isDifferent") is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null,
            QualityData = Text(quality, "data"),
            NotMeasured = [.. Member(verdict, "notMeasured") is { ValueKind: JsonValueKind.Object } missing
                ? missing.EnumerateObject().Select(entry => (entry.Name, ValueText(entry.Value)))
                : []],
        };
    }

    private static long? HeadsAfter(JsonElement root)
    {
        var heads = Elements(root, "blocks").Select(block => Member(block, "after") is { } after ? Integer(after, "heads") : null).ToList();
        return heads.Count > 0 && heads.TrueForAll(count => count is not null) ? heads.Sum() : null;
    }

    private static BlockRecord Block(JsonElement block, int place)
    {
        // Layers are named within their block; a full name loses the block's.
        string prefix = Text(block, "name") is { } name ? name + "." : "";
        var layers = Elements(block, "layers").Select(layer => new LayerRecord(
            Text(layer, "name") is { } full ? full[(full.StartsWith(prefix, StringComparison.Ordinal) ? prefix.Length : 0)..] : "",
            Number(layer, "sparsity") ?? double.NaN));
        return new BlockRecord((int)(Integer(block, "index") ?? place), Number(block, "sparsity") ?? double.NaN, [.. layers]);
    }

    private static IEnumerable<ZeroShotRecord> ZeroShot(JsonElement root) =>
        Member(root, "tasks") is { ValueKind: JsonValueKind.Object } tasks
            ? tasks.EnumerateObject().Select(task => new ZeroShotRecord(
                task.Name,
                Number(task.Value, "acc"),
                Number(task.Value, "accStderr"),
                Number(task.Value, "accNorm"),
                Number(task.Value, "accNormStderr"),
                Integer(task.Value, "examples")))
            : [];

    private static BenchmarkRecord Benchmark(JsonElement item)
    {
        bool isDecode = Text(item, "kind") == "decode";
        var times = Times(item);
        return new BenchmarkRecord
        {
            Model = Text(item, "model") ?? "",
            BytesOnDisk = Integer(item, "bytesOnDisk"),
            WeightBytesOnDisk = Integer(item, "weightBytesOnDisk"),
            PeakBytes = Integer(item, "peakBytes"),
            Prefill = isDecode ? null : times,
            Decode = isDecode ? times : Member(item, "decode") is { ValueKind: JsonValueKind.Object } decode ? Times(decode) : null,
            Storages = Member(item, "matrixStorages") is { ValueKind: JsonValueKind.Object } storages
                ? [.. storages.EnumerateObject().Select(storage => (storage.Name, Integer(storages, storage.Name) ?? 0))]
                : [],
        };
    }

    private static TimesRecord Times(JsonElement times)
    {
        double[] interval = [.. Elements(times, "ratioInterval").Where(end => end.ValueKind == JsonValueKind.Number).Select(end => end.GetDouble())];
        return new TimesRecord
        {
            MedianMilliseconds = Number(times, "medianMilliseconds"),
            LowerQuartileMilliseconds = Number(times, "lowerQuartileMilliseconds"),
            UpperQuartileMilliseconds = Number(times, "upperQuartileMilliseconds"),
            MinMilliseconds = Number(times, "minMilliseconds"),
            MaxMilliseconds = Number(times, "maxMilliseconds"),
            TokensPerSecond = Number(times, "tokensPerSecond"),
            Ratio = Number(times, "ratio"),
            MinRatio = interval.Length == 2 ? interval[0] : null,
            MaxRatio = interval.Length == 2 ? interval[1] : null,
            IsDifferent = Member(times, "isDifferent") is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null,
        };
    }

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

    /// <summary>The refusal of what is no record.</summary>
    public static InvalidInputException NoRecord(string? file, string? found = null, InvalidInputException? error = null) =>
        new("malformed-run-record", $"{(file is null ? "The document" : $"'{file}'")} is no run record.", error)
        {
            File = file,
            Found = found ?? error?.Found ?? "a document without a field \"command\"",
            Expected = "the JSON document of a run",
            Hint = Hint,
        };

    /// <summary>The refusal of a path without a record.</summary>
    public static InvalidInputException Missing(string path, string file) =>
        new("missing-run-record", Directory.Exists(path) ? $"The folder '{path}' keeps no run record." : $"There is no run record '{file}'.")
        {
            File = file,
            Expected = "a run.json, a folder with one, or the folder of a sweep",
            Hint = "Give a folder that a run wrote, or a document saved from `json`.",
        };
}
