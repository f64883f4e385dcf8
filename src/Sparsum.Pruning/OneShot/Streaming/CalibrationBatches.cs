using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Streaming;

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

/// <summary>Calibration sequences of one length that run together, with where their rows lie in <see cref="HiddenStates"/>.</summary>
/// <param name="FirstToken">Index of their first token among all.</param>
/// <param name="FirstTargetToken">Index of the first token of their targets among those of all; 0 without targets.</param>
/// <param name="Tokens">The tokens, with their targets if there are any.</param>
internal sealed record CalibrationBatch(int FirstToken, int FirstTargetToken, TokenBatch Tokens)
{
    /// <summary>The rows of the sequences.</summary>
    public Tensor Rows(HiddenStates states) => states.States.Rows(FirstToken, Tokens.InputIds.Length);

    /// <summary>The rows of their targets.</summary>
    public Tensor TargetRows(HiddenStates states) => states.Targets!.Rows(FirstTargetToken, Tokens.Target!.InputIds.Length);
}
