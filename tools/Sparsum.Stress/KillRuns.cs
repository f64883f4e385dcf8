using System.Diagnostics;
using System.Text;
using Sparsum.Cli;

namespace Sparsum.Stress;

/// <summary>
/// Kills runs at random moments, up to three times each, lets them go on, and compares what they leave with what a run leaves that nobody
/// disturbed.
/// </summary>
public static class KillRuns
{
    // What tells of times differs from run to run.
    private static readonly HashSet<string> Records = new(StringComparer.Ordinal) { "run.json", "log.jsonl" };

    // Undisturbed, a run takes seconds.
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(10);

    /// <summary>Verbs that are killed.</summary>
    public static IReadOnlyList<string> Verbs { get; } = ["prune", "compact", "sweep", "train", "pretrain"];

    /// <summary>Runs.</summary>
    /// <param name="root">An empty folder.</param>
    /// <param name="count">How many kills.</param>
    /// <param name="seed">Decides what is killed when; the moments themselves depend on the machine.</param>
    /// <param name="only">Some of <see cref="Verbs"/>; none for all.</param>
    /// <param name="tell">Told of every run.</param>
    public static StressReport Run(string root, int count, int seed, IReadOnlyList<string> only, Action<string> tell)
    {
        var inputs = new SmallInputs(Path.Combine(root, "inputs"));
        string[] verbs = only.Count > 0 ? [.. only] : [.. Verbs];
        var report = new StressReport([], []);
        var wholes = verbs.ToDictionary(verb => verb, verb => Whole(inputs, verb, Path.Combine(root, "whole-" + verb)));
        var random = new Random(seed);
        for (int run = 0, kills = 0; kills < count; run++)
        {
            string verb = verbs[run % verbs.Length];
            string output = Path.Combine(root, $"run-{run}", "out");
            var story = new StringBuilder($"{verb} {run}:");
            for (int attempt = random.Next(1, 4); attempt > 0 && kills < count; attempt--)
            {
                // One in two kills falls into the last part of a run, where results are put in place.
                double share = random.Next(2) == 0 ? random.NextDouble() : 0.75 + (0.3 * random.NextDouble());
                long start = Stopwatch.GetTimestamp();
                bool isKilled = Kill(Line(inputs, verb, output), share * wholes[verb].Milliseconds);
                if (!isKilled)
                {
                    // The machine has become faster, or there was little left to do: the moments of later kills follow.
                    double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                    wholes[verb] = wholes[verb] with { Milliseconds = Math.Max(elapsed, wholes[verb].Milliseconds / 2) };
                }

                story.Append(isKilled ? $" killed at {share:P0}" : $" ended before {share:P0}");
                report.Count(isKilled ? $"{verb}: killed" : $"{verb}: ended before the kill");
                kills++;
            }

            string? failure = Finish(inputs, verb, output, wholes[verb].Output);
            tell($"{story}; {failure ?? "same bytes"}");
            if (failure is null)
            {
                report.Count($"{verb}: same bytes");
                Directory.Delete(Path.GetDirectoryName(output)!, recursive: true);
            }
            else
            {
                report.Failures.Add($"{story}; {failure}");
            }
        }

        return report;
    }

    private static Reference Whole(SmallInputs inputs, string verb, string output)
    {
        long start = Stopwatch.GetTimestamp();
        return End(Line(inputs, verb, output)) is { } failure
            ? throw new InvalidOperationException($"{verb} failed: {failure}")
            : new Reference(output, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>The command line; one that goes on if there is something to go on with.</summary>
    private static string[] Line(SmallInputs inputs, string verb, string output)
    {
        bool isBegun = Directory.Exists(output) || Directory.Exists(output + ".partial");
        string[] goOn = isBegun ? [verb == "compact" ? "--force" : "--resume"] : [];
        return SmallInputs.WithoutVerdict(verb switch
        {
            "prune" => ["prune", inputs.Model, "-o", output, "--method", "wanda", "--calibration", inputs.Text, "--samples", "32", "--sequence-length", "32", .. goOn],
            "compact" => ["compact", inputs.Pruned, "-o", output, .. goOn],
            "sweep" => ["sweep", inputs.At("recipe.json"), "-o", output],
            "train" =>
            [
                "train", inputs.Encoder, "-o", output, "--task", "sst2", "--data", inputs.At("sst2"), "--method", "neuroprune", "--sparsity", "0.5",
                "--epochs", "2", "--batch-size", "8", "--checkpoint-steps", "4", .. goOn,
            ],
            "pretrain" => ["pretrain", inputs.LlamaConfig, "-o", output, .. inputs.Pretraining, .. goOn],
            _ => throw new ArgumentException($"There is no verb '{verb}' to kill."),
        });
    }

    private static bool Kill(string[] line, double milliseconds)
    {
        using var process = Start(line);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool hasEnded = process.WaitForExit(TimeSpan.FromMilliseconds(milliseconds));
        if (!hasEnded)
        {
            process.Kill();
            process.WaitForExit();
        }

        return !hasEnded;
    }

    /// <summary>Lets a run end; null where it left the bytes that it should.</summary>
    private static string? Finish(SmallInputs inputs, string verb, string output, string expected) =>
        End(Line(inputs, verb, output)) is { } failure ? failure
            : Directory.Exists(output + ".partial") ? "a work folder is left"
            : !File.Exists(Path.Combine(output, "run.json")) ? "there is no run.json"
            : verb == "sweep" ? Differs(expected, output, ["tables.md", "recipe.json"])
            : Names(expected).SequenceEqual(Names(output)) ? Differs(expected, output, Names(expected).Where(name => !Records.Contains(name)))
            : $"other files: {string.Join(", ", Names(output))}";

    /// <summary>Runs a command to its end; what is wrong with it, null for nothing.</summary>
    private static string? End(string[] line)
    {
        using var process = Start(line);
        var error = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(LongestRun))
        {
            process.Kill(entireProcessTree: true);
            return $"no end after {LongestRun.TotalMinutes} minutes";
        }

        return process.ExitCode == 0 ? null : $"exit code {process.ExitCode}: {error.Result.ReplaceLineEndings(" ")}";
    }

    private static string? Differs(string expected, string actual, IEnumerable<string> names) => names.FirstOrDefault(
        name => !File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name)))) is { } name
            ? $"{name} differs"
            : null;

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    /// <summary>A run that nobody disturbed.</summary>
    private sealed record Reference(string Output, double Milliseconds);

    private static Process Start(string[] line) => Process.Start(new ProcessStartInfo(
        "dotnet", ["exec", typeof(SparsumCommand).Assembly.Location, .. line, "--threads", "1", "--quiet"])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
