namespace Sparsum.Pruning.OneShot;

/// <summary>How much calibration data there is.</summary>
/// <param name="Samples">Number of sequences.</param>
/// <param name="SequenceLength">Tokens per sequence.</param>
public sealed record CalibrationShape(int Samples, int SequenceLength)
{
    /// <summary>All tokens.</summary>
    public long Tokens => (long)Samples * SequenceLength;

    /// <summary>Tokens that go through a block at once.</summary>
    public long BatchTokens => (long)CalibrationBatches.BatchSize(Samples, SequenceLength) * SequenceLength;
}
