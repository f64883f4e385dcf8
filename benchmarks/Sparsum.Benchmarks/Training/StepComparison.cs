using System.Diagnostics;
using System.Globalization;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.Training;

/// <summary>
/// Compares whole training steps: dense, with NeuroPrune's penalties, with half of the heads and intermediate neurons gone, with activations
/// kept in bfloat16, and PyTorch's.
/// They take turns; a figure is the median of the rounds, a ratio the median of the ratios within the rounds.
/// </summary>
internal static class StepComparison
{
    /// <summary>Arguments: threads (default 1), layers (4), rounds (9), dropout rate (0.1).</summary>
    public static int Run(string[] arguments)
    {
        int threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        int layers = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 4;
        int rounds = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 9;
        double dropout = arguments.Length > 3 ? double.Parse(arguments[3], CultureInfo.InvariantCulture) : 0.1;
        var shape = StepShape.Base(layers, dropout);
        using var backend = new CpuBackend(threads);
        using var dense = new ModelStep(shape, backend);
        using var sparse = new ModelStep(shape, backend);
        using var half = new ModelStep(shape, backend);
        using var rounded = new ModelStep(shape, backend, rounds: true);
        using var torch = PyTorchStep.TryStart(shape, threads);
        half.RemoveHalf();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{layers} layers of BERT-base's shape, batch {shape.Batch} x {shape.Length}, dropout {dropout}; {backend.Description}"));
        Console.WriteLine(torch?.Description ?? "PyTorch: absent, left out");
        var contenders = new List<(string Name, Func<StepTime> Run)>
        {
            ("dense", () => Time(() => dense.Run())),
            ("NeuroPrune", NeuroPrune(sparse, backend)),
            ("half", () => Time(() => half.Run())),
            ("bf16 kept", () => Time(() => rounded.Run())),
        };
        if (torch is not null)
        {
            contenders.Add(("PyTorch", torch.Run));
        }

        contenders.ForEach(contender => contender.Run());
        var times = contenders.Select(_ => new List<StepTime>()).ToList();
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < contenders.Count; i++)
            {
                // Idle threads of the contender before must have stopped spinning.
                Thread.Sleep(threads == 1 ? 0 : 50);
                times[i].Add(contenders[i].Run());
            }
        }

        for (int i = 0; i < contenders.Count; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{contenders[i].Name,-12} wall {Median(times[i], time => time.Wall) * 1000,7:F0} ms, processor {Median(times[i], time => time.Processor) * 1000,7:F0} ms; ")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"times dense: wall {Ratio(times, i, time => time.Wall):F3}, processor {Ratio(times, i, time => time.Processor):F3}"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"activations at once: dense {dense.MostBytes / 1e6:F0} MB, kept in bfloat16 {rounded.MostBytes / 1e6:F0} MB, {(double)rounded.MostBytes / dense.MostBytes:F2} of it"));
        return 0;
    }

    private static StepTime Time(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        run();
        return new StepTime(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    /// <summary>Steps with new coefficients in each.</summary>
    private static Func<StepTime> NeuroPrune(ModelStep step, CpuBackend backend)
    {
        var penalty = ModelPenalty.NeuroPrune(step.Model.Blocks, new PenaltyOptions { Alpha = 1e-6, Beta = 1e-6 });
        penalty.Measure(backend);
        foreach (var state in step.Optimizer.Parameters)
        {
            state.Statistics = penalty.StatisticsOf(state.Parameter);
        }

        return () => Time(() =>
        {
            step.ComputeGradients();
            penalty.Refresh();
            foreach (var state in step.Optimizer.Parameters)
            {
                state.Penalty = penalty.PenaltyOf(state.Parameter);
            }

            step.Optimizer.Step(5e-5);
        });
    }

    private static double Ratio(List<List<StepTime>> times, int contender, Func<StepTime, double> of) =>
        Median(times[contender].Zip(times[0], (own, dense) => of(own) / of(dense)), ratio => ratio);

    private static double Median<T>(IEnumerable<T> values, Func<T, double> of)
    {
        double[] sorted = [.. values.Select(of).Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
