namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>
/// Edits that turn a hypothesis into its reference where a phrase may move as one edit. Which moves are tried, in which order and how many
/// are Tercom's heuristics with sacreBLEU's limits; the count depends on every one of them.
/// </summary>
internal static class PhraseMoves
{
    private const int LongestPhrase = 10;
    private const int FarthestMove = 50;
    private const int MostTries = 1000;

    public static int CountEdits(string[] hypothesis, string[] reference)
    {
        if (reference.Length == 0)
        {
            return hypothesis.Length;
        }

        // Words as numbers, which compare faster.
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        int Number(string word) => numbers.TryGetValue(word, out int number) ? number : numbers[word] = numbers.Count;
        int[] words = [.. hypothesis.Select(Number)];
        int[] target = [.. reference.Select(Number)];

        int moves = 0;
        int tries = 0;
        while (FindMove(words, target, ref tries) is { } moved && tries < MostTries)
        {
            words = moved;
            moves++;
        }

        return moves + EditAlignment.Of(words, target).Edits;
    }

    /// <summary>The words after the move that saves most edits; null if none saves any.</summary>
    private static int[]? FindMove(int[] words, int[] target, ref int tries)
    {
        var alignment = EditAlignment.Of(words, target);
        int[]? best = null;
        var bestRank = (Saved: int.MinValue, Length: 0, Start: 0, Position: 0);
        foreach (var (start, goal, length) in CommonPhrases(words, target))
        {
            // The phrase has to be wrong where it is and missing where it goes, and a move within itself is none.
            bool isWorthIt = alignment.IsWrong.AsSpan(start, length).Contains(true) && alignment.IsMissing.AsSpan(goal, length).Contains(true);
            int now = alignment.Positions[goal];
            if (!isWorthIt || (now >= start && now < start + length))
            {
                continue;
            }

            int previous = -1;
            for (int i = goal - 1; i < goal + length; i++)
            {
                int position = i < 0 ? 0 : alignment.Positions[i] + 1;
                if (position == previous)
                {
                    continue;
                }

                previous = position;
                int[] moved = Move(words, start, length, position);

                // Most saved, then the longest phrase, then the first, then the one that goes to the front.
                var rank = (alignment.Edits - EditAlignment.Of(moved, target).Edits, length, -start, -position);
                if (best is null || rank.CompareTo(bestRank) > 0)
                {
                    (best, bestRank) = (moved, rank);
                }

                tries++;
            }

            if (tries >= MostTries)
            {
                break;
            }
        }

        return bestRank.Saved > 0 ? best : null;
    }

    /// <summary>Runs of words that both have, each with its beginnings: where they start in one and in the other, and their length.</summary>
    private static IEnumerable<(int Start, int Goal, int Length)> CommonPhrases(int[] words, int[] target)
    {
        for (int start = 0; start < words.Length; start++)
        {
            for (int goal = Math.Max(0, start - FarthestMove); goal < Math.Min(target.Length, start + FarthestMove + 1); goal++)
            {
                int longest = Math.Min(LongestPhrase, Math.Min(words.Length - start, target.Length - goal));
                for (int length = 1; length <= longest && words[start + length - 1] == target[goal + length - 1]; length++)
                {
                    yield return (start, goal, length);
                }
            }
        }
    }

    /// <summary>The position counts the phrase in if it lies behind it.</summary>
    private static int[] Move(int[] words, int start, int length, int position)
    {
        int[] rest = [.. words[..start], .. words[(start + length)..]];
        int at = position > start + length ? position - length : Math.Min(position, rest.Length);
        return [.. rest[..at], .. words[start..(start + length)], .. rest[at..]];
    }
}
