using System.Globalization;
using Sparsum.Evaluation.Latency;

namespace Sparsum.Cli.Progress;

/// <summary>Progress as plain lines, at most one every few seconds, so that a log file stays readable.</summary>
internal sealed class PlainProgress(TextWriter writer, TimeProvider time, bool isSilent) : RunProgress
{
    /// <summary>The least time between two lines.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly long start = time.GetTimestamp();
    private long last;
    private bool hasReported;
    private long workStart;
    private double workFraction = double.PositiveInfinity;
    private double lastFraction = double.PositiveInfinity;

    public override void Report(string what, double? fraction = null)
    {
        lock (gate)
        {
            Follow(fraction);
            if (isSilent || (hasReported && time.GetElapsedTime(last) < Interval))
            {
                return;
            }

            hasReported = true;
            last = time.GetTimestamp();
            writer.WriteLine(Describe(what, fraction));
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

    /// <summary>A share that falls belongs to new work (a demo does several jobs), whose pace must be learned afresh.</summary>
    private void Follow(double? fraction)
    {
        if (fraction is not { } value)
        {
            return;
        }

        if (value < lastFraction)
        {
            workStart = time.GetTimestamp();
            workFraction = value;
        }

        lastFraction = value;
    }

    private string Describe(string what, double? fraction)
    {
        string line = $"{what}, {Format(time.GetElapsedTime(start))} elapsed";
        if (fraction is { } done)
        {
            line = string.Create(CultureInfo.InvariantCulture, $"[{done * 100,3:F0} %] {line}");
            if (done > workFraction)
            {
                line += $", {Format(time.GetElapsedTime(workStart) * ((1 - done) / (done - workFraction)))} left";
            }
        }

        return $"{line}, {Rendering.Units.Bytes(PeakMemory.Read())} peak";
    }

    private static string Format(TimeSpan time) => Rendering.Units.Duration(time);
}
