using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// The sampling of WikiText2 and PTB that the SparseGPT and Wanda repositories share: windows at random offsets of one token string, whose
/// last token is never used.
/// </summary>
public sealed class StreamSampler
{
    private readonly int[] tokens;
    private readonly PythonRandom random;

    /// <summary>Prepares to draw from a token string.</summary>
    public StreamSampler(int[] tokens, long seed)
    {
        this.tokens = tokens;
        random = new PythonRandom(seed);
    }

    /// <summary>Draws the next window of <paramref name="length"/> tokens.</summary>
    /// <exception cref="InvalidInputException">The token string is not longer than that.</exception>
    public (CalibrationDraw Draw, int[] Ids) Next(int length)
    {
        if (tokens.Length <= length)
        {
            throw new InvalidInputException("calibration-too-short", $"The calibration text has only {tokens.Length} tokens.")
            {
                Found = $"{tokens.Length} tokens",
                Expected = $"at least {length + 1} tokens for sequences of {length}",
                Hint = "Give more text, or choose a shorter `sequence-length`.",
            };
        }

        int offset = random.NextInteger(tokens.Length - length - 1);
        return (new CalibrationDraw(0, offset), tokens[offset..(offset + length)]);
    }
}
