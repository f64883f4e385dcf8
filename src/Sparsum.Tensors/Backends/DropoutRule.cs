namespace Sparsum.Tensors.Backends;

/// <summary>
/// Which elements dropout keeps; shared by the backends, since it is a definition and not arithmetic. Elements are decided on in groups
/// that vectors of any width can compute: the element at place p of group g has word p / 16 of block 16 g + p % 16 of the stream.
/// </summary>
internal static class DropoutRule
{
    /// <summary>Elements of a group.</summary>
    public const int GroupSize = 64;

    /// <summary>Blocks of the stream that a group takes.</summary>
    public const int GroupBlocks = 16;

    /// <summary>Checks that a rate leaves something.</summary>
    public static void CheckRate(float rate)
    {
        if (!(rate >= 0 && rate < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "A dropout rate is at least 0 and below 1.");
        }
    }

    /// <summary>The words below this bound drop their element.</summary>
    public static uint Threshold(float rate) => (uint)Math.Round(rate * 4294967296.0);

    /// <summary>Whether an element is dropped.</summary>
    public static bool Drops(RandomStream stream, long element, uint threshold)
    {
        var (group, place) = Math.DivRem(element, GroupSize);
        var (word, block) = Math.DivRem((int)place, GroupBlocks);
        var words = stream.Block((ulong)((group * GroupBlocks) + block));
        return word switch { 0 => words.First, 1 => words.Second, 2 => words.Third, _ => words.Fourth } < threshold;
    }

    /// <summary>
    /// The element that stands for the first key of an attention row; rows are as far apart as their keys, rounded up to 16.
    /// </summary>
    public static long AttentionElement(AttentionOptions options, int sequence, int head, int query) =>
        ((((long)sequence * options.HeadCount) + head) * options.QueryLength + query) * ((options.KeyLength + 15) / 16 * 16);
}
