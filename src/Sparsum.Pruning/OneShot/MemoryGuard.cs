using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>Refuses a run that would not fit in memory, and says which options would.</summary>
internal static class MemoryGuard
{
    /// <summary>What the runtime, the packing buffers and the text take beside what is counted.</summary>
    public const long RuntimeBytes = 200_000_000;

    private const int FewestTokens = 64;

    /// <summary>Checks a run.</summary>
    /// <param name="pretrained">The model.</param>
    /// <param name="options">The run.</param>
    /// <param name="needs">What the method gathers.</param>
    /// <param name="data">The calibration sequences; null for none.</param>
    /// <param name="limit">The most that may be used; null for what the machine has.</param>
    /// <returns>What is needed.</returns>
    /// <exception cref="InvalidInputException">It is more than there may be.</exception>
    public static MemoryEstimate Require(
        PretrainedModel pretrained, PruneOptions options, StatisticKinds needs, CalibrationShape? data, long? limit)
    {
        var memory = MemoryEstimate.For(pretrained, options, needs, data);
        long most = limit ?? MachineMemory.Available();
        if (memory.PeakBytes + RuntimeBytes <= most)
        {
            return memory;
        }

        var fitting = Alternatives(pretrained, options, needs, data)
            .Where(alternative => alternative.Bytes + RuntimeBytes <= most)
            .Select(alternative => $"{alternative.Option} ({Format(alternative.Bytes + RuntimeBytes)})")
            .ToList();
        throw new InvalidInputException("too-little-memory", "The run would need more memory than there is.")
        {
            File = limit is null ? null : "--max-memory",
            Found = Format(most),
            Expected = Format(memory.PeakBytes + RuntimeBytes),
            Hint = fitting.Count > 0
                ? $"This would fit: {string.Join("; ", fitting)}."
                : "Nothing that only needs less data would fit: use a machine with more memory, or --method magnitude.",
        };
    }

    private static IEnumerable<(string Option, long Bytes)> Alternatives(
        PretrainedModel pretrained, PruneOptions options, StatisticKinds needs, CalibrationShape? data)
    {
        foreach (var (option, lighter) in Allocations.Get(options.Allocation).Lighter(options))
        {
            yield return (option, MemoryEstimate.For(pretrained, lighter, needs, data).PeakBytes);
        }

        if (data is not null)
        {
            for (int samples = data.Samples / 2; samples > 0; samples /= 2)
            {
                yield return ($"--samples {samples}", MemoryEstimate.For(pretrained, options, needs, data with { Samples = samples }).PeakBytes);
            }

            for (int length = data.SequenceLength / 2; length >= FewestTokens; length /= 2)
            {
                yield return (
                    $"--sequence-length {length}", MemoryEstimate.For(pretrained, options, needs, data with { SequenceLength = length }).PeakBytes);
            }
        }
    }

    private static string Format(long bytes) => FormattableString.Invariant($"{bytes / 1e9:0.0##} GB");
}
