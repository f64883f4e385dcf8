namespace Sparsum.Pruning.OneShot.Planning;

/// <summary>How much calibration data there is at most.</summary>
/// <param name="Samples">Number of sequences.</param>
/// <param name="SequenceLength">Tokens of the longest sequence.</param>
/// <param name="HasTargets">Whether each sequence comes with a target of up to the same length, as models of two stacks need.</param>
/// <param name="IsUneven">Whether sequences, or targets, have different lengths, so that batches do.</param>
public sealed record CalibrationShape(int Samples, int SequenceLength, bool HasTargets = false, bool IsUneven = false)
{
    /// <summary>Tokens that keep the matrix products busy.</summary>
    private const int TokensAtOnce = 2048;

    /// <summary>Sequences of one length that go through a block at once. It follows from the data alone, not from the machine.</summary>
    internal static int SequencesAtOnce(int samples, int sequenceLength) => Math.Clamp(TokensAtOnce / sequenceLength, 1, samples);

    /// <summary>That of sequences, and of their targets if they have some.</summary>
    internal static CalibrationShape Of(IReadOnlyList<int[]> sequences, IReadOnlyList<int[]>? targets = null)
    {
        var all = sequences.Concat(targets ?? []);
        int longest = all.Max(sequence => sequence.Length);
        return new CalibrationShape(sequences.Count, longest, targets is not null, all.Any(sequence => sequence.Length < longest));
    }

    private int Stacks => HasTargets ? 2 : 1;

    /// <summary>All tokens.</summary>
    public long Tokens => (long)Samples * SequenceLength * Stacks;

    /// <summary>Tokens that go through a block at once.</summary>
    public long BatchTokens => (long)BatchSize * SequenceLength * Stacks;

    private int BatchSize => SequencesAtOnce(Samples, SequenceLength);
}
