namespace Sparsum.Tensors.Backends;

/// <summary>Which elements dropout keeps; shared by the backends, since it is a definition and not arithmetic.</summary>
internal static class DropoutRule
{
    /// <summary>Elements that one block of the stream decides on.</summary>
    public const int BlockSize = 4;

    /// <summary>Checks that a rate leaves something.</summary>
    public static void CheckRate(float rate)
    {
        if (!(rate >= 0 && rate < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "A dropout rate is at least 0 and below 1.");
        }
    }

    /// <summary>The words below this bound drop their element.</summary>
    public static ulong Threshold(float rate) => (ulong)Math.Round(rate * 4294967296.0);

    /// <summary>Drops or scales the elements of one block of the stream.</summary>
    public static void Apply(Span<float> values, ulong block, RandomStream stream, ulong threshold, float factor)
    {
        var (first, second, third, fourth) = stream.Block(block);
        Span<uint> words = [first, second, third, fourth];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = words[i] < threshold ? 0 : values[i] * factor;
        }
    }
}
