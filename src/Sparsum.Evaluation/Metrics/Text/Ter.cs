namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>Settings of <see cref="Ter"/>; the defaults are those of sacreBLEU and Tercom.</summary>
public sealed record TerOptions
{
    /// <summary>Whether case matters.</summary>
    public bool IsCaseSensitive { get; init; }

    /// <summary>Whether marks become words of their own and entities are resolved.</summary>
    public bool Normalizes { get; init; }

    /// <summary>Whether <c>. , ? : ; ! " ( )</c> are left out.</summary>
    public bool DropsPunctuation { get; init; }

    /// <summary>What a score depends on, in the form of sacreBLEU without its version: <c>nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no</c>.</summary>
    /// <param name="references">Number of references for each segment.</param>
    public string Signature(int references) =>
        $"nrefs:{references}|case:{(IsCaseSensitive ? "mixed" : "lc")}|tok:tercom|norm:{(Normalizes ? "yes" : "no")}|punct:{(DropsPunctuation ? "no" : "yes")}|asian:no";
}

/// <summary>A translation edit rate and what it is made of.</summary>
/// <param name="Score">Edits for a hundred words of the references; 0 is best, and it may be above 100.</param>
/// <param name="Edits">Edits of all segments, each against the reference that needs fewest.</param>
/// <param name="ReferenceLength">Words of the references, of each segment the mean of its own.</param>
public readonly record struct TerScore(double Score, int Edits, double ReferenceLength);

/// <summary>
/// Translation edit rate (Snover et al. 2006, <i>A Study of Translation Edit Rate with Targeted Human Annotation</i>) of a corpus as
/// sacreBLEU and Tercom compute it: insertions, deletions, substitutions and moves of phrases, found greedily, over the length of the
/// references.
/// </summary>
/// <param name="options">Settings; null for the defaults.</param>
public sealed class Ter(TerOptions? options = null)
{
    private readonly TerOptions options = options ?? new TerOptions();

    /// <summary>Scores a corpus.</summary>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">One set of references or several, each with one for each segment.</param>
    /// <exception cref="ArgumentException">There are no references or no segments, or a set has another number of them.</exception>
    public TerScore Score(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string>> references)
    {
        MetricGuard.RequireReferences(hypotheses, references);
        int edits = 0;
        double length = 0;
        for (int segment = 0; segment < hypotheses.Count; segment++)
        {
            string[] predicted = Tokenize(hypotheses[segment]);
            string[][] expected = [.. references.Select(set => Tokenize(set[segment]))];
            edits += expected.Min(words => PhraseMoves.CountEdits(predicted, words));
            length += expected.Average(words => words.Length);
        }

        double rate = length > 0 ? edits / length : edits > 0 ? 1 : 0;
        return new TerScore(100 * rate, edits, length);
    }

    private string[] Tokenize(string segment)
    {
        string text = Words.TrimEnd(segment);
        text = options.IsCaseSensitive ? text : Words.Lower(text);
        text = options.Normalizes ? Normalize(text) : text;
        return Words.Split(options.DropsPunctuation ? string.Concat(text.Where(c => !".,?:;!\"()".Contains(c))) : text);
    }

    private static string Normalize(string text)
    {
        text = AsciiMarks.ResolveEntities(text.Replace("\n-", "").Replace('\n', ' '));
        text = AsciiMarks.SeparatePunctuation($" {text} ").Replace("'s ", " 's ");
        return AsciiMarks.SeparateFromNumbers(text);
    }
}
