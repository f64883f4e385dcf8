using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>Refuses a run that would not fit in memory, and says which options would.</summary>
internal static class MemoryGuard
{
    private const int FewestTokens = 64;

    /// <summary>Checks a run.</summary>
    /// <param name="pretrained">The model.</param>
    /// <param name="allocation">How the sparsity is spread.</param>
    /// <param name="task">What is pruned, and how.</param>
    /// <param name="data">The calibration sequences; null for none.</param>
    /// <param name="limit">The most that may be used; null for what the machine has.</param>
    /// <returns>What is needed.</returns>
    /// <exception cref="InvalidInputException">It is more than there may be.</exception>
    public static RunPlan Require(
        PretrainedModel pretrained, IAllocation allocation, AllocationTask task, CalibrationShape? data, long? limit)
    {
        var plan = RunPlan.For(pretrained, allocation, task, data);
        var memory = plan.Memory;
        long most = limit ?? MachineMemory.Available();
        if (memory.PeakBytes <= most)
        {
            return plan;
        }

        var fitting = Alternatives(pretrained, allocation, task, data)
            .Where(alternative => alternative.Bytes <= most)
            .Select(alternative => $"{alternative.Option} ({Format(alternative.Bytes)})")
            .ToList();
        throw new InvalidInputException("too-little-memory", "The run would need more memory than there is.")
        {
            Option = limit is null ? null : "max-memory",
            Found = Format(most),
            Expected = Format(memory.PeakBytes),
            Hint = fitting.Count > 0
                ? $"This would fit: {string.Join("; ", fitting)}."
                : "Nothing that only needs less data would fit: use a machine with more memory, or `method magnitude`.",
        };
    }

    private static IEnumerable<(string Option, long Bytes)> Alternatives(
        PretrainedModel pretrained, IAllocation allocation, AllocationTask task, CalibrationShape? data)
    {
        foreach (var (settings, lighter) in allocation.Lighter(task))
        {
            yield return (settings, Bytes(lighter, data));
        }

        if (data is not null)
        {
            for (int samples = data.Samples / 2; samples > 0; samples /= 2)
            {
                yield return ($"`samples {samples}`", Bytes(allocation, data with { Samples = samples }));
            }

            for (int length = data.SequenceLength / 2; length >= FewestTokens; length /= 2)
            {
                yield return (
                    $"`sequence-length {length}`", Bytes(allocation, data with { SequenceLength = length }));
            }
        }

        long Bytes(IAllocation lighter, CalibrationShape? less) => RunPlan.For(pretrained, lighter, task, less).Memory.PeakBytes;
    }

    private static string Format(long bytes) => FormattableString.Invariant($"{bytes / 1e9:0.0##} GB");
}
