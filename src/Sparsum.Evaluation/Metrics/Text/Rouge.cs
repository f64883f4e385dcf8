namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>
/// ROUGE (Lin 2004, <i>ROUGE: A Package for Automatic Evaluation of Summaries</i>), as the <c>rouge_score</c> package computes it. Texts
/// are put in lower case and everything but <c>a</c> to <c>z</c> and digits separates words, so that letters of other scripts are lost.
/// </summary>
/// <param name="stems">Whether words of more than three letters are reduced to their Porter stems, which is usual.</param>
public sealed class Rouge(bool stems = true)
{
    /// <summary>Scores one text; sentences are lines.</summary>
    public RougeScores Score(string hypothesis, string reference)
    {
        string[] predicted = Tokenize(hypothesis);
        string[] expected = Tokenize(reference);
        return new RougeScores(
            Overlap(predicted, expected, 1),
            Overlap(predicted, expected, 2),
            Overlap(predicted, expected, 3),
            RougeScore.Of(CommonSubsequence.Positions(expected, predicted).Count, predicted.Length, expected.Length),
            SummaryScore(TokenizeLines(hypothesis), TokenizeLines(reference)));
    }

    /// <summary>Scores texts in turn, each against its reference.</summary>
    /// <exception cref="ArgumentException">There are not as many references, or no texts.</exception>
    public IReadOnlyList<RougeScores> Score(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
    {
        MetricGuard.RequireSameLength(hypotheses.Count, references.Count);
        return [.. hypotheses.Zip(references, Score)];
    }

    /// <summary>Whether a text has a word that ROUGE sees; one without scores 0 against anything, itself included.</summary>
    public static bool HasWords(string text) => Words.Lower(text).Any(IsOfWord);

    private static RougeScore Overlap(string[] predicted, string[] expected, int order)
    {
        var found = Words.CountNgrams(predicted, order);
        var wanted = Words.CountNgrams(expected, order);
        return RougeScore.Of(Words.CountCommon(found, wanted), found.Values.Sum(), wanted.Values.Sum());
    }

    // A word counts once for every time that both texts have it, however many lines claim it.
    private static RougeScore SummaryScore(string[][] predicted, string[][] expected)
    {
        var left = Words.CountNgrams([.. predicted.SelectMany(line => line)], 1);
        var wanted = Words.CountNgrams([.. expected.SelectMany(line => line)], 1);
        var (predictedCount, expectedCount) = (left.Values.Sum(), wanted.Values.Sum());
        int hits = 0;
        foreach (string[] line in expected)
        {
            var union = new SortedSet<int>();
            foreach (string[] candidate in predicted)
            {
                union.UnionWith(CommonSubsequence.Positions(line, candidate));
            }

            foreach (string word in union.Select(position => line[position]))
            {
                if (left.GetValueOrDefault(word) > 0 && wanted[word] > 0)
                {
                    hits++;
                    left[word]--;
                    wanted[word]--;
                }
            }
        }

        return RougeScore.Of(hits, predictedCount, expectedCount);
    }

    private static bool IsOfWord(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);

    private string[][] TokenizeLines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Tokenize)];

    private string[] Tokenize(string text)
    {
        char[] letters = [.. Words.Lower(text).Select(c => IsOfWord(c) ? c : ' ')];
        string[] words = Words.Split(new string(letters));
        return stems ? [.. words.Select(word => word.Length > 3 ? PorterStemmer.Stem(word) : word)] : words;
    }
}

/// <summary>The longest sequence of words that two texts have in common, in order but with gaps.</summary>
internal static class CommonSubsequence
{
    /// <summary>Where its words stand in the first text, from the last to the first.</summary>
    public static List<int> Positions(string[] first, string[] second)
    {
        int[,] lengths = new int[first.Length + 1, second.Length + 1];
        for (int i = 1; i <= first.Length; i++)
        {
            for (int j = 1; j <= second.Length; j++)
            {
                lengths[i, j] = first[i - 1] == second[j - 1]
                    ? lengths[i - 1, j - 1] + 1
                    : Math.Max(lengths[i - 1, j], lengths[i, j - 1]);
            }
        }

        // Of several, the one that is met by stepping back in the first text on ties: ROUGE-Lsum depends on it.
        var positions = new List<int>();
        for (int i = first.Length, j = second.Length; i > 0 && j > 0;)
        {
            if (first[i - 1] == second[j - 1])
            {
                positions.Add(i - 1);
                i--;
                j--;
            }
            else if (lengths[i, j - 1] > lengths[i - 1, j])
            {
                j--;
            }
            else
            {
                i--;
            }
        }

        return positions;
    }
}
