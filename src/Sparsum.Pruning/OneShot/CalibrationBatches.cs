using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Splits calibration sequences into batches that keep the matrix products busy. The split follows from the data alone, so that results
/// depend neither on the machine nor on where a run was interrupted.
/// </summary>
internal static class CalibrationBatches
{
    private const int TokensPerBatch = 2048;

    /// <summary>Sequences per batch.</summary>
    public static int BatchSize(int samples, int sequenceLength) => Math.Clamp(TokensPerBatch / sequenceLength, 1, samples);

    /// <summary>The batches in order, each with the index of its first token among all.</summary>
    public static IEnumerable<(int FirstToken, TokenBatch Tokens)> Of(CalibrationSet calibration)
    {
        int size = BatchSize(calibration.Samples, calibration.SequenceLength);
        int first = 0;
        foreach (int[][] chunk in calibration.Sequences.Chunk(size))
        {
            yield return (first, new TokenBatch([.. chunk.SelectMany(sequence => sequence)], chunk.Length));
            first += chunk.Length * calibration.SequenceLength;
        }
    }
}
