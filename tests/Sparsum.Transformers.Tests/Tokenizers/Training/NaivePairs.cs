namespace Sparsum.Transformers.Tests.Tokenizers.Training;

/// <summary>Learns joins the plainest way: counts all pairs of all words anew before every join.</summary>
internal static class NaivePairs
{
    /// <summary>The joins of words that are given as lists of tokens.</summary>
    /// <param name="words">Each word with its number of occurrences.</param>
    /// <param name="tokens">The tokens by id; joined ones are added.</param>
    /// <param name="size">Tokens to end with.</param>
    /// <param name="minimumCount">Rarest pair to join.</param>
    /// <param name="join">The text of two tokens joined.</param>
    public static List<(string Left, string Right, long Count)> Learn(
        List<(List<string> Symbols, long Count)> words, List<string> tokens, int size, int minimumCount, Func<string, string, string> join)
    {
        var merges = new List<(string, string, long)>();
        while (tokens.Count < size)
        {
            var counts = new Dictionary<(string Left, string Right), long>();
            foreach (var (symbols, count) in words)
            {
                foreach (var pair in symbols.Zip(symbols.Skip(1)))
                {
                    counts[pair] = counts.GetValueOrDefault(pair) + count;
                }
            }

            var best = counts.Where(entry => entry.Value >= minimumCount)
                .OrderByDescending(entry => entry.Value)
                .ThenBy(entry => tokens.IndexOf(entry.Key.Left))
                .ThenBy(entry => tokens.IndexOf(entry.Key.Right))
                .Select(entry => ((string Left, string Right, long Count)?)(entry.Key.Left, entry.Key.Right, entry.Value))
                .FirstOrDefault();
            if (best is not { } found)
            {
                break;
            }

            string joined = join(found.Left, found.Right);
            if (!tokens.Contains(joined))
            {
                tokens.Add(joined);
            }

            merges.Add(found);
            words = [.. words.Select(word => (Join(word.Symbols, found.Left, found.Right, joined), word.Count))];
        }

        return merges;
    }

    private static List<string> Join(List<string> symbols, string left, string right, string joined)
    {
        var result = new List<string>();
        for (int i = 0; i < symbols.Count; i++)
        {
            bool isPair = i + 1 < symbols.Count && symbols[i] == left && symbols[i + 1] == right;
            result.Add(isPair ? joined : symbols[i]);
            i += isPair ? 1 : 0;
        }

        return result;
    }
}
