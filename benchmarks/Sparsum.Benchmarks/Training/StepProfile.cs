using System.Globalization;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.Training;

/// <summary>Where the processor time of a training step goes, operation by operation.</summary>
internal static class StepProfile
{
    /// <summary>Arguments: <c>base</c> (two layers of BERT-base) or <c>small</c>, threads (default 1), and the precision of products (highest|high).</summary>
    public static int Run(string[] arguments)
    {
        bool isSmall = arguments is ["small", ..];
        int threads = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 1;
        int rounds = isSmall ? 200 : 5;
        var shape = isSmall ? StepShape.Small : StepShape.Base(2, 0.1);
        var precision = arguments.Length > 2 ? Enum.Parse<Float32Precision>(arguments[2], ignoreCase: true) : Float32Precision.Highest;
        using var backend = new CpuBackend(threads, precision);
        var timed = new TimedBackend(backend);
        using var step = new ModelStep(shape, backend, timed);
        for (int i = 0; i < rounds; i++)
        {
            step.Run();
        }

        timed.Clear();
        double gradients = 0;
        double optimizer = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < rounds; i++)
        {
            var start = Environment.CpuUsage.TotalTime;
            step.ComputeGradients();
            var middle = Environment.CpuUsage.TotalTime;
            step.Optimizer.Step(5e-5);
            gradients += (middle - start).TotalMilliseconds / rounds;
            optimizer += (Environment.CpuUsage.TotalTime - middle).TotalMilliseconds / rounds;
        }

        allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / rounds;
        Console.WriteLine(backend.Description);
        foreach (string line in timed.Report(rounds))
        {
            Console.WriteLine(line);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"forward and backward {gradients:F2} ms, optimiser {optimizer:F2} ms, {allocated / 1024.0:F0} KiB of objects per step"));
        return 0;
    }
}
