using System.Globalization;
using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Evaluation.Latency;

namespace Sparsum.Cli.Running;

/// <summary>The document of a run: what was asked, with which options, what it cost, what came out.</summary>
internal static class RunDocument
{
    public static JsonObject Create(
        string command, VerbResult result, JsonObject options, DateTimeOffset started, TimeSpan elapsed)
    {
        foreach (var (name, value) in result.EffectiveOptions)
        {
            options[name] = value?.DeepClone();
        }

        var seed = options["seed"];
        options.Remove("seed");
        var document = new JsonObject
        {
            ["version"] = SparsumCommand.Version,
            ["command"] = command,
            ["model"] = result.Model,
            ["options"] = options,
            ["seed"] = seed,
            ["started"] = started.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
            ["peakBytes"] = PeakMemory.Read(),
        };
        foreach (var (name, value) in result.Results)
        {
            document[name] = value?.DeepClone();
        }

        return document;
    }
}
