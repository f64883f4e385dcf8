using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Pruning.OneShot;
using Sparsum.Tensors;

namespace Sparsum.Cli.Commands;

/// <summary>Says, before a pruning run of some length starts, how much memory it takes and how long it will be busy at least.</summary>
internal static class PrunePlanNotice
{
    private const int Tokens = 512;
    private const int Features = 1024;
    private const int Rounds = 5;
    private const double ShortestSeconds = 10;

    /// <summary>No machine does more per second by an order of magnitude; runs below it are not worth measuring for.</summary>
    private const double FastestRate = 5e11;

    public static void Tell(RunContext context, IBackend backend, RunPlan plan)
    {
        if (plan.FloatingPointOperations < FastestRate)
        {
            return;
        }

        double rate = Measure(backend, context.Time);
        double seconds = plan.FloatingPointOperations / rate;
        if (seconds >= ShortestSeconds)
        {
            context.Tell(FormattableString.Invariant(
                $"Needs up to {Units.Bytes(plan.Memory.PeakBytes)} of memory{Disk(plan)}, and {Units.Duration(TimeSpan.FromSeconds(seconds))} for matrix products alone (at {rate / 1e9:0} GFLOP/s)."));
        }
    }

    private static string Disk(RunPlan plan) => plan.StateBytes == 0 ? "" : $" and {Units.Bytes(plan.StateBytes)} on disk while it searches";

    /// <summary>Operations per second in a product of middling size: the best of a few.</summary>
    private static double Measure(IBackend backend, TimeProvider time)
    {
        using var input = Tensor.Zeros(Tokens, Features);
        using var weight = Tensor.Zeros(Features, Features);
        using var output = Tensor.Allocate(Tokens, Features);
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = time.GetTimestamp();
            backend.Linear(input, weight, null, Activation.Identity, output);
            best = Math.Max(best, 2.0 * Tokens * Features * Features / Math.Max(1e-9, time.GetElapsedTime(start).TotalSeconds));
        }

        return best;
    }
}
