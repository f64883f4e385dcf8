using System.Diagnostics;
using System.Globalization;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.Training;

/// <summary>Times <see cref="EncoderLayerStep"/>: wall time, and processor time, which a busy machine disturbs less.</summary>
internal static class StepTiming
{
    private const int Rounds = 9;

    /// <summary>Arguments: threads (default 1).</summary>
    public static int Run(string[] arguments)
    {
        int threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        using var backend = new CpuBackend(threads);
        using var step = new EncoderLayerStep(backend);
        Console.WriteLine(backend.Description);
        Time(step);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Time(step)).ToList();
        Print("wall ms", rounds.Select(round => round.Wall));
        Print("processor ms", rounds.Select(round => round.Processor));
        return 0;
    }

    private static ((double Forward, double Backward) Wall, (double Forward, double Backward) Processor) Time(EncoderLayerStep step)
    {
        var start = Now();
        using var output = step.Forward();
        var middle = Now();
        step.Backward(output);
        var end = Now();
        return (
            (middle.Wall - start.Wall, end.Wall - middle.Wall),
            (middle.Processor - start.Processor, end.Processor - middle.Processor));
    }

    private static (double Wall, double Processor) Now() =>
        (Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency, Environment.CpuUsage.TotalTime.TotalMilliseconds);

    private static void Print(string unit, IEnumerable<(double Forward, double Backward)> times)
    {
        double forward = Median(times.Select(time => time.Forward));
        double backward = Median(times.Select(time => time.Backward));
        double step = Median(times.Select(time => time.Forward + time.Backward));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"median {unit}: forward {forward:F0}, backward {backward:F0}, step {step:F0}"));
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);
}
