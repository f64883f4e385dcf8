using System.Text;

namespace Sparsum.Stress;

/// <summary>
/// Damages one input file after the other and runs the command on it: whatever comes of it is a success or a typed error, in bounded time
/// and memory, never an internal error.
/// </summary>
public static class Mutations
{
    private const long LargestAllocation = 1L << 30;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private static readonly string[] Extremes =
    [
        "-1", "0", "1e999", "-1e308", "999999999999999999999", "2147483647", "0.5", "null", "true", "\"\"", "\"\\ud800\"", "[]", "{}", "[[[[[[[[[[]]]]]]]]]]",
    ];

    /// <summary>Runs.</summary>
    /// <param name="root">An empty folder.</param>
    /// <param name="count">How many damaged files, spread over the formats.</param>
    /// <param name="seed">Decides the damage.</param>
    /// <param name="only">Names of formats; none for all.</param>
    /// <param name="tell">Told of every hundredth.</param>
    public static StressReport Run(string root, int count, int seed, IReadOnlyList<string> only, Action<string> tell)
    {
        var inputs = new SmallInputs(Path.Combine(root, "inputs"));
        var all = new MutatedFiles(root, inputs).All().Concat(new MutatedRuns(root, inputs).All());
        var formats = all.Where(format => only.Count == 0 || only.Contains(format.Name)).ToList();
        foreach (var format in formats)
        {
            // A file that is refused as it is would show nothing.
            format.Reset?.Invoke();
            if (Try(format.Line, out string? failure) != "read")
            {
                format.Reset?.Invoke();
                throw new InvalidOperationException($"{format.Name} is not read: {failure} {SmallInputs.Command([.. format.Line, "--json"]).Output}");
            }
        }

        var report = new StressReport([], []);
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            var format = formats[i % formats.Count];
            byte[] damaged = Damage(format.Good, format.First, random, format.IsText);
            format.Reset?.Invoke();
            File.WriteAllBytes(format.File, damaged);
            string outcome = Try(format.Line, out string? failure);
            report.Count($"{format.Name}: {outcome}");
            if (failure is not null)
            {
                string kept = Path.Combine(root, $"failure-{i}-{format.Name}");
                File.WriteAllBytes(kept, damaged);
                report.Failures.Add($"{kept}: {failure}");
            }

            if (format.Reset is null)
            {
                File.WriteAllBytes(format.File, format.Good);
            }

            if (i % 100 == 99)
            {
                tell($"{i + 1} of {count}, {report.Failures.Count} failures");
            }
        }

        return report;
    }

    /// <summary>Runs a command; one that does not end is left to itself, and is a failure.</summary>
    private static string Try(string[] line, out string? failure)
    {
        (string Outcome, string? Failure)? result = null;
        var run = new Thread(() => result = (Attempt(line, out string? failed), failed)) { IsBackground = true };
        run.Start();
        run.Join(Longest);
        (string outcome, failure) = result ?? ("failed", FormattableString.Invariant($"no end within {Longest.TotalMinutes} minutes"));
        return outcome;
    }

    private static string Attempt(string[] line, out string? failure)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        failure = null;
        try
        {
            var (exitCode, output) = SmallInputs.Command([.. line, "--json"]);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            failure = exitCode is < 0 or > 2 ? $"exit code {exitCode}"
                : output.Contains("internal-error", StringComparison.Ordinal) ? output.ReplaceLineEndings(" ")
                : allocated > LargestAllocation ? $"{allocated} bytes allocated"
                : null;
            return exitCode == 0 ? "read" : failure is null ? "refused" : "failed";
        }
        catch (Exception exception)
        {
            failure = exception.ToString().ReplaceLineEndings(" ");
            return "failed";
        }
    }

    private static byte[] Damage(byte[] good, int first, Random random, bool isText)
    {
        var bytes = new List<byte>(good);
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > first; times--)
        {
            int at = random.Next(first, bytes.Count);
            int length = Math.Min(bytes.Count - at, random.Next(1, 40));
            switch (random.Next(isText ? 8 : 6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                    break;
                case 5:
                    bytes[at] = (byte)(random.Next(2) * 255);
                    break;
                default:
                    ReplaceValue(bytes, at, random);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Puts an extreme value in the place of the next value of a JSON text.</summary>
    private static void ReplaceValue(List<byte> bytes, int from, Random random)
    {
        int start = bytes.FindIndex(from, value => value is (byte)':' or (byte)',' or (byte)'[') + 1;
        if (start > 0)
        {
            int end = bytes.FindIndex(start, value => value is (byte)',' or (byte)'}' or (byte)']');
            bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
            bytes.InsertRange(start, Encoding.UTF8.GetBytes(Extremes[random.Next(Extremes.Length)]));
        }
    }
}
