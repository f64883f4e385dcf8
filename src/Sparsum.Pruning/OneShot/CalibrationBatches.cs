using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Splits calibration sequences into batches that keep the matrix products busy. Sequences of a batch are of one length, and so are their
/// targets: nothing is padded, so that nothing but tokens is ever seen or computed. The split follows from the data alone, so that results
/// depend neither on the machine nor on where a run was interrupted.
/// </summary>
internal static class CalibrationBatches
{
    private const int TokensPerBatch = 2048;

    /// <summary>Sequences per batch.</summary>
    public static int BatchSize(int samples, int sequenceLength) => Math.Clamp(TokensPerBatch / sequenceLength, 1, samples);

    /// <summary>The batches in order.</summary>
    public static IEnumerable<CalibrationBatch> Of(CalibrationSet calibration)
    {
        var targets = calibration.Targets;
        int first = 0;
        int firstTarget = 0;
        var groups = Enumerable.Range(0, calibration.Samples)
            .GroupBy(i => (Length: calibration.Sequences[i].Length, TargetLength: targets?[i].Length ?? 0));
        foreach (var group in groups)
        {
            foreach (int[] samples in group.Chunk(BatchSize(group.Count(), group.Key.Length)))
            {
                yield return new CalibrationBatch(first, firstTarget, Join(calibration.Sequences, samples, targets is null ? null : Join(targets, samples)));
                first += samples.Length * group.Key.Length;
                firstTarget += samples.Length * group.Key.TargetLength;
            }
        }
    }

    /// <summary>The sequences one by one, in the order in which their rows lie, with the index of the first row of each.</summary>
    public static IEnumerable<(int FirstToken, int[] Ids)> Sequences(CalibrationSet calibration) => Of(calibration).SelectMany(batch =>
        batch.Tokens.InputIds.Chunk(batch.Tokens.Length).Select((ids, place) => (batch.FirstToken + (place * batch.Tokens.Length), ids)));

    private static TokenBatch Join(IReadOnlyList<int[]> sequences, int[] samples, TokenBatch? target = null) =>
        new([.. samples.SelectMany(sample => sequences[sample])], samples.Length) { Target = target };
}
