namespace Sparsum.Evaluation.TextPairs;

/// <summary>
/// Puts every sentence on a line of its own, as ROUGE-Lsum wants them. A rule, not a learned model: a sentence ends at <c>.</c>, <c>!</c> or <c>?</c>
/// and the quotation marks and brackets that close behind it, where white space and then an upper-case letter, a digit or an opening mark
/// follows; not behind an initial or a known abbreviation.
/// </summary>
public static class SentenceSplitter
{
    private const string Ends = ".!?";
    private const string Closing = "\"'”’)]»";
    private const string Opening = "\"'“‘([«`";

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "mr", "mrs", "ms", "dr", "prof", "rev", "gen", "sen", "rep", "gov", "lt", "col", "sgt", "capt", "st", "jr", "sr", "vs", "etc", "inc", "ltd",
        "co", "corp", "vol", "fig", "dept", "u.s", "u.k", "u.n", "e.g", "i.e", "a.m", "p.m", "jan", "feb", "aug", "sept", "oct", "nov", "dec",
    };

    /// <summary>The text, a sentence a line; lines that are there stay apart. Without sentences it is empty.</summary>
    public static string Split(string text)
    {
        var sentences = new List<string>();
        foreach (string line in text.Split('\n'))
        {
            int start = 0;
            for (int i = 0; i < line.Length; i++)
            {
                if (Ends.Contains(line[i]) && EndOf(line, i) is { } end && !IsAbbreviation(line, start, i))
                {
                    Add(line[start..end]);
                    start = end;
                    i = end - 1;
                }
            }

            Add(line[start..]);
        }

        return string.Join('\n', sentences);

        void Add(string sentence)
        {
            if (sentence.Trim() is { Length: > 0 } words)
            {
                sentences.Add(words);
            }
        }
    }

    /// <summary>Where the sentence with this mark ends; null where it goes on.</summary>
    private static int? EndOf(string line, int mark)
    {
        int end = mark + 1;
        while (end < line.Length && (Ends.Contains(line[end]) || Closing.Contains(line[end])))
        {
            end++;
        }

        int next = end;
        while (next < line.Length && char.IsWhiteSpace(line[next]))
        {
            next++;
        }

        bool begins = next < line.Length && (char.IsUpper(line[next]) || char.IsDigit(line[next]) || Opening.Contains(line[next]));
        return next > end && begins ? end : null;
    }

    private static bool IsAbbreviation(string line, int start, int mark)
    {
        if (line[mark] != '.')
        {
            return false;
        }

        int word = mark;
        while (word > start && !char.IsWhiteSpace(line[word - 1]))
        {
            word--;
        }

        string text = line[word..mark].TrimStart([.. Opening]);
        return (text.Length == 1 && char.IsUpper(text[0])) || Abbreviations.Contains(text);
    }
}
