using System.Globalization;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Tests;

/// <summary>Documents as the verbs write them.</summary>
internal static class Records
{
    public static RunRecord Prune(string method, double sparsity, string output) => RunRecord.Parse($$"""
        {
          "version": "0.1.0", "command": "prune", "model": "models/dense",
          "options": { "method": "{{method}}", "allocation": "uniform", "sparsity": {{Number(sparsity)}}, "samples": 128, "refine": null },
          "seed": 7, "started": "2026-01-02T03:04:05.000Z", "seconds": 12.5, "peakBytes": 123456789,
          "output": "{{output}}", "sparsity": {{Number(sparsity)}},
          "blocks": [
            { "index": 0, "name": "model.layers.0", "sparsity": {{Number(sparsity - 0.05)}}, "layers": [
              { "name": "model.layers.0.self_attn.q_proj", "sparsity": {{Number(sparsity - 0.1)}} }, { "name": "mlp.down_proj", "sparsity": {{Number(sparsity)}} } ] },
            { "index": 1, "name": "model.layers.1", "sparsity": {{Number(sparsity + 0.05)}}, "layers": [
              { "name": "model.layers.1.self_attn.q_proj", "sparsity": {{Number(sparsity + 0.1)}} }, { "name": "mlp.down_proj", "sparsity": {{Number(sparsity)}} } ] }
          ]
        }
        """);

    public static RunRecord Evaluate(string model, double perplexity) => RunRecord.Parse($$"""
        {
          "version": "0.1.0", "command": "evaluate", "model": "{{model}}", "options": { "perplexity": "test.txt", "window": 512 }, "seed": 0,
          "started": "2026-01-02T03:05:05.000Z", "seconds": 3.25, "peakBytes": 99000000,
          "perplexity": {{(double.IsFinite(perplexity) ? Number(perplexity) : "null")}}, "protocol": "joined", "tokens": 84315, "window": 512, "stride": 512,
          "dataSha256": "173c87a53759e0201f33e0ccf978e510c2042d7f2cb78229d9a50d79b9e7dd08"
        }
        """);

    public static RunRecord Bench(string model = "models/sparse70", string baseline = "models/dense", string storage = "auto") => RunRecord.Parse($$"""
        {
          "version": "0.1.0", "command": "bench", "model": "{{model}}", "options": { "batch": 1, "length": 128, "runs": 10, "storage": "{{storage}}" }, "seed": 0,
          "started": "2026-01-02T03:06:05.000Z", "seconds": 9, "peakBytes": 456000000, "processor": "A processor", "threadsUsed": 2, "baseline": "{{baseline}}",
          "items": [
            { "model": "{{baseline}}", "kind": "prefill", "bytesOnDisk": 12893808, "weightBytesOnDisk": 12800000, "peakBytes": 200000000, "matrixStorages": { "float32": 15 },
              "medianMilliseconds": 41.5, "lowerQuartileMilliseconds": 40.5, "upperQuartileMilliseconds": 43.25, "minMilliseconds": 40, "maxMilliseconds": 55, "tokensPerSecond": 3084.3,
              "ratio": 1, "ratioInterval": [1, 1], "isDifferent": false,
              "decode": { "medianMilliseconds": 3.125, "lowerQuartileMilliseconds": 3.0625, "upperQuartileMilliseconds": 3.25, "minMilliseconds": 3, "maxMilliseconds": 4, "tokensPerSecond": 320,
                "ratio": 1, "ratioInterval": [1, 1], "isDifferent": false } },
            { "model": "{{model}}", "kind": "prefill", "bytesOnDisk": 5893808, "weightBytesOnDisk": 5800000, "peakBytes": 150000000, "matrixStorages": { "float32": 1, "sparse": 14 },
              "medianMilliseconds": 22.25, "lowerQuartileMilliseconds": 22, "upperQuartileMilliseconds": 23.5, "minMilliseconds": 21, "maxMilliseconds": 29, "tokensPerSecond": 5752.8,
              "ratio": 1.864, "ratioInterval": [1.75, 1.975], "isDifferent": true,
              "decode": { "medianMilliseconds": 3.5512, "lowerQuartileMilliseconds": 3.5, "upperQuartileMilliseconds": 3.625, "minMilliseconds": 3.25, "maxMilliseconds": 4.5, "tokensPerSecond": 281.6,
                "ratio": 0.88, "ratioInterval": [0.86, 0.91], "isDifferent": true } }
          ]
        }
        """);

    public static RunRecord Train(string method, double sparsity, int heads, double accuracy, string output) => RunRecord.Parse($$"""
        {
          "version": "0.1.0", "command": "train", "model": "models/encoder", "options": { "method": "{{method}}", "epochs": 2 }, "seed": 0,
          "started": "2026-01-02T03:04:05.000Z", "seconds": 14, "peakBytes": 99000000, "task": "topics", "method": "{{method}}",
          "metrics": { "accuracy": {{Number(accuracy)}} }, "sparsity": {{Number(sparsity)}},
          "sparsities": { "regularised": { "sparsity": {{Number(sparsity)}} }, "plusOutput": { "sparsity": {{Number(sparsity * 0.9)}} } }, "headsLeft": {{heads}}, "heads": [2, 1],
          "trainSeconds": 12.5, "steps": 300, "curve": [{{string.Join(", ", Enumerable.Range(1, 100).Select(i => $"{{ \"step\": {3 * i}, \"loss\": {Number(200.0 / i)} }}"))}}],
          "output": "{{output}}"
        }
        """);

    /// <summary>A pruned model that was measured at once, as the verb keeps it.</summary>
    public static RunRecord Verdict() => RunRecord.Parse("""
        {
          "version": "0.1.0", "command": "prune", "model": "models/dense", "options": { "method": "wanda", "allocation": "owl" }, "seed": 0,
          "started": "2026-01-02T03:04:05.000Z", "seconds": 12.5, "output": "models/judged", "sparsity": 0.7,
          "verdict": {
            "before": "dense", "pays": "inPart", "sentence": "It pays in part: 1.86 times faster.", "next": "sparsum compact models/judged -o small",
            "weightBytes": { "before": 12800000, "now": 12800000, "compacted": 5800000 },
            "prefill": { "beforeMilliseconds": 41.5, "passes": 12, "medianMilliseconds": 22.25, "ratio": 1.864, "ratioInterval": [1.75, 1.975], "isDifferent": true },
            "decode": { "beforeMilliseconds": 3.125, "passes": 12, "medianMilliseconds": 3.1, "ratio": 1.01, "ratioInterval": [0.98, 1.03], "isDifferent": false },
            "peakBytes": { "before": 200000000, "now": 150000000 },
            "quality": { "metric": "perplexity", "before": 97.21, "now": 402.5, "isDifferent": true, "sequences": 8, "tokens": 4096, "data": "what calibration left of test.txt" },
            "notMeasured": {}, "tokens": 128, "threads": 2, "processor": "A processor", "seconds": 20
          }
        }
        """);

    public static RunRecord Compact() => RunRecord.Parse("""
        {
          "version": "0.1.0", "command": "compact", "model": "models/topics-sparse", "options": { "format": "compact" }, "seed": 0, "seconds": 1,
          "output": "models/topics-compact", "sparsity": 0.63, "sparsities": { "regularised": { "sparsity": 0.7 }, "plusOutput": { "sparsity": 0.63 } }, "parametersBefore": 1000000, "parameters": 400000, "bytesBefore": 4000000, "bytes": 1000000,
          "verdict": {
            "before": "models/topics-sparse", "pays": "yes", "sentence": "It pays: a quarter of the bytes.", "weightBytes": { "before": 4000000, "now": 1000000, "compacted": null },
            "prefill": null, "decode": null, "peakBytes": null, "quality": null, "notMeasured": { "quality": "no text is at hand" }
          },
          "blocks": [ { "index": 0, "name": "block.0", "before": { "heads": 2 }, "after": { "heads": 1 } } ]
        }
        """);

    public static RunRecord EvaluateTask() => RunRecord.Parse("""
        { "version": "0.1.0", "command": "evaluate", "model": "models/topics-compact", "options": {}, "seed": 0, "task": "topics", "metrics": { "accuracy": 0.8125 } }
        """);

    public static RunRecord Generate() => RunRecord.Parse("""
        {
          "version": "0.1.0", "command": "generate", "model": "models/wanda50", "options": {}, "seed": 0,
          "items": [ { "prompt": "Gets the", "text": " <name> & value." } ]
        }
        """);

    public static IReadOnlyList<RunRecord> Story() =>
    [
        Evaluate("models/dense", 97.21),
        Prune("wanda", 0.5, "models/wanda50/"),
        Evaluate("models/wanda50", 128.4),
        Prune("wanda", 0.7, "models/sparse70"),
        Evaluate("models/sparse70", 402.5),
        Prune("magnitude", 0.5, "models/magnitude50"),
        Evaluate("models/magnitude50", 214.9),
        Prune("magnitude", 0.7, "models/magnitude70"),
        Evaluate("models/magnitude70", 2140),
        Bench(),
        Verdict(),
        Train("dense", 0, 4, 0.875, "models/topics-dense"),
        Train("neuroprune", 0.7, 3, 0.8125, "models/topics-sparse"),
        Compact(),
        EvaluateTask(),
        Generate(),
    ];

    private static string Number(double value) => Math.Round(value, 6).ToString(CultureInfo.InvariantCulture);
}
