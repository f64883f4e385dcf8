namespace Sparsum.Core;

/// <summary>Guesses which known word a mistyped one was meant to be.</summary>
public static class Suggestion
{
    /// <summary>The nearest word by edit distance if it is near enough, else null.</summary>
    /// <param name="word">The mistyped one.</param>
    /// <param name="known">Those that exist.</param>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var best = known.Select(candidate => (candidate, distance: Distance(word, candidate))).DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return best.Item2 <= Math.Max(1, word.Length / 3) ? best.Item1 : null;
    }

    private static int Distance(string left, string right)
    {
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            var current = new int[right.Length + 1];
            current[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substitution = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[^1];
    }
}
