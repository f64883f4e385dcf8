using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>
/// Splits calibration sequences into batches that keep the matrix products busy. Sequences of a batch are of one length, and so are their
/// targets: nothing is padded, so that nothing but tokens is ever seen or computed. The split follows from the data alone, so that results
/// depend neither on the machine nor on where a run was interrupted.
/// </summary>
internal static class CalibrationBatches
{
    /// <summary>The batches in the order in which their rows lie, with their targets if there are any.</summary>
    public static IEnumerable<TokenBatch> Of(CalibrationSet calibration)
    {
        var targets = calibration.Targets;
        var groups = Enumerable.Range(0, calibration.Samples)
            .GroupBy(i => (Length: calibration.Sequences[i].Length, TargetLength: targets?[i].Length ?? 0));
        foreach (var group in groups)
        {
            foreach (int[] samples in group.Chunk(CalibrationShape.SequencesAtOnce(group.Count(), group.Key.Length)))
            {
                yield return Join(calibration.Sequences, samples, targets is null ? null : Join(targets, samples));
            }
        }
    }

    /// <summary>The sequences one by one, in the order in which their rows lie, with the index of the first row of each.</summary>
    public static IEnumerable<(int FirstToken, int[] Ids)> Sequences(CalibrationSet calibration)
    {
        int first = 0;
        foreach (int[] ids in Of(calibration).SelectMany(batch => batch.InputIds.Chunk(batch.Length)))
        {
            yield return (first, ids);
            first += ids.Length;
        }
    }

    private static TokenBatch Join(IReadOnlyList<int[]> sequences, int[] samples, TokenBatch? target = null) =>
        new([.. samples.SelectMany(sample => sequences[sample])], samples.Length) { Target = target };
}
