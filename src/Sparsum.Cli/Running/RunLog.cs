using System.Globalization;
using System.Text.Json.Nodes;

namespace Sparsum.Cli.Running;

/// <summary>
/// Structured log lines of a run, one JSON object each. They are kept in memory until the run has a folder to keep them in, so that an
/// output folder appears whole or not at all.
/// </summary>
internal sealed class RunLog(TimeProvider time)
{
    private readonly List<string> lines = [];

    public IReadOnlyList<string> Lines => lines;

    public void Add(string level, string message, JsonObject? facts = null)
    {
        var line = new JsonObject
        {
            ["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["level"] = level,
            ["message"] = message,
        };
        foreach (var (name, value) in facts ?? [])
        {
            line[name] = value?.DeepClone();
        }

        lines.Add(JsonText.Format(line, indented: false));
    }
}
