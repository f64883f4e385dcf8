using System.Globalization;
using Sparsum.Evaluation.Latency;

namespace Sparsum.Cli.Progress;

/// <summary>Progress as plain lines, at most one every few seconds, so that a log file stays readable.</summary>
internal sealed class PlainProgress(TextWriter writer, TimeProvider time, bool isSilent) : RunProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly long start = time.GetTimestamp();
    private long last;
    private bool hasReported;

    public override void Report(string what, double? fraction = null)
    {
        lock (gate)
        {
            if (isSilent || (hasReported && time.GetElapsedTime(last) < Interval))
            {
                return;
            }

            hasReported = true;
            last = time.GetTimestamp();
            writer.WriteLine(Describe(what, fraction, time.GetElapsedTime(start)));
        }
    }

    // Warnings are worth a line even when quiet.
    public override void WriteLine(string text)
    {
        lock (gate)
        {
            writer.WriteLine(text);
        }
    }

    private static string Describe(string what, double? fraction, TimeSpan elapsed)
    {
        string line = $"{what}, {Format(elapsed)} elapsed";
        if (fraction is > 0 and <= 1)
        {
            line = string.Create(CultureInfo.InvariantCulture, $"[{fraction * 100,3:F0} %] {line}, {Format(elapsed * ((1 / fraction.Value) - 1))} left");
        }

        return $"{line}, {Rendering.Units.Bytes(PeakMemory.Read())} peak";
    }

    private static string Format(TimeSpan time) => Rendering.Units.Duration(time);
}
