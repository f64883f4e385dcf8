namespace Sparsum.Tensors.Backends;

/// <summary>
/// Which elements dropout keeps; shared by the backends, since it is a definition and not arithmetic. Elements are decided on in groups
/// that vectors of any width can compute: the element at place p of group g has a half of word p / 32 of block 16 g + p % 16 of the stream,
/// the upper half if p / 16 is odd. With 16 bits to a decision, rates are multiples of 1/65536.
/// </summary>
internal static class DropoutRule
{
    /// <summary>Elements of a group.</summary>
    public const int GroupSize = 128;

    /// <summary>Blocks of the stream that a group takes.</summary>
    public const int GroupBlocks = 16;

    private const int Steps = 65536;

    /// <summary>Checks that a rate leaves something.</summary>
    public static void CheckRate(float rate)
    {
        if (!(rate >= 0 && rate < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "A dropout rate is at least 0 and below 1.");
        }
    }

    /// <summary>Half words below this bound drop their element.</summary>
    public static int Threshold(float rate) => Math.Min((int)Math.Round(rate * (double)Steps), Steps - 1);

    /// <summary>By what the others are multiplied, so that the mean stays.</summary>
    public static float Factor(float rate) => (float)(Steps / (double)(Steps - Threshold(rate)));

    /// <summary>Whether an element is dropped.</summary>
    public static bool Drops(RandomStream stream, long element, int threshold)
    {
        var (group, place) = Math.DivRem(element, GroupSize);
        var words = stream.Block((ulong)((group * GroupBlocks) + (place % GroupBlocks)));
        uint word = (place / (2 * GroupBlocks)) switch { 0 => words.First, 1 => words.Second, 2 => words.Third, _ => words.Fourth };
        uint half = place / GroupBlocks % 2 == 0 ? word & 0xFFFF : word >> 16;
        return half < threshold;
    }

    /// <summary>
    /// The element that stands for the first key of an attention row; rows are as far apart as their keys, rounded up to 16.
    /// </summary>
    public static long AttentionElement(AttentionOptions options, int sequence, int head, int query) =>
        ((((((long)sequence + (options.Dropout?.FirstSequence ?? 0)) * options.HeadCount) + head) * options.QueryLength) + query) * ((options.KeyLength + 15) / 16 * 16);
}
