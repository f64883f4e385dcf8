using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>The results of earlier sweeps whose folders are gone: of each finished run its line, by the run's key.</summary>
internal static class KeptRecords
{
    private static readonly JsonRules Rules = new()
    {
        Code = "damaged-record",
        Expected = "the results of a sweep: lines with 'key', 'state' and 'steps'",
        Hint = "Give results.jsonl of a sweep.",
        MaxBytes = int.MaxValue,
    };

    /// <summary>Reads a file of results.</summary>
    /// <exception cref="InvalidInputException">It is missing, or a line of it is no result.</exception>
    public static IReadOnlyDictionary<string, JsonObject> Read(string path)
    {
        var runs = new Dictionary<string, JsonObject>();
        byte[] bytes = StrictJson.ReadBytes(path, Rules);
        int number = 0;
        for (int start = 0; start < bytes.Length;)
        {
            int length = bytes.AsSpan(start).IndexOf((byte)'\n') is var end and >= 0 ? end : bytes.Length - start;
            var line = bytes.AsMemory(start, length);
            start += length + 1;
            number++;
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            string source = FormattableString.Invariant($"{path}, line {number}");
            var record = StrictJson.ParseNode(line, source, Rules) as JsonObject;
            if (record?["key"] is not JsonValue key || !key.TryGetValue(out string? text) || record["state"] is null || record["steps"] is not JsonObject)
            {
                throw new InvalidInputException(Rules.Code, "A line is no result of a sweep.")
                {
                    File = source,
                    Expected = Rules.Expected,
                    Hint = Rules.Hint,
                };
            }

            if (record["state"]!.ToString() == RunState.Done.ToString().ToLowerInvariant())
            {
                runs[text] = record;
            }
        }

        return runs;
    }
}
