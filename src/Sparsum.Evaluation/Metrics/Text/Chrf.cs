namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>Settings of <see cref="Chrf"/>; the defaults are those of sacreBLEU. Two word orders make it chrF++.</summary>
public sealed record ChrfOptions
{
    /// <summary>The longest n-grams of characters.</summary>
    public int CharacterOrder { get; init; } = 6;

    /// <summary>The longest n-grams of words; 0 for characters alone.</summary>
    public int WordOrder { get; init; }

    /// <summary>How many times as much recall counts as precision.</summary>
    public double Beta { get; init; } = 2;

    /// <summary>Whether case is ignored.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Whether F-measures are averaged over all orders, in place of precision and recall over the orders that are there.</summary>
    public bool AveragesFMeasures { get; init; }

    internal ChrfOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(CharacterOrder, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(WordOrder);
        return Beta > 0 && double.IsFinite(Beta) ? this : throw new ArgumentOutOfRangeException(nameof(Beta), Beta, "Beta is above 0.");
    }

    /// <summary>What a score depends on, in the form of sacreBLEU without its version: <c>nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no</c>.</summary>
    /// <param name="references">Number of references for each segment.</param>
    public string Signature(int references) =>
        $"nrefs:{references}|case:{(Lowercase ? "lc" : "mixed")}|eff:{(AveragesFMeasures ? "no" : "yes")}|nc:{CharacterOrder}|nw:{WordOrder}|space:no";
}

/// <summary>
/// chrF (Popović 2015, <i>chrF: character n-gram F-score for automatic MT evaluation</i>) and chrF++ (Popović 2017) of a corpus, from 0 to
/// 100, as sacreBLEU computes them: counts are summed over the segments first, of each segment those of the reference that scores best.
/// </summary>
/// <param name="options">Settings; null for the defaults.</param>
/// <exception cref="ArgumentException">A setting does not fit.</exception>
public sealed class Chrf(ChrfOptions? options = null)
{
    // What precision or recall of nothing counts as where F-measures are averaged.
    private const double Tiny = 1e-16;

    private readonly ChrfOptions options = (options ?? new ChrfOptions()).Validated();

    /// <summary>Scores a corpus.</summary>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">One set of references or several, each with one for each segment.</param>
    /// <exception cref="ArgumentException">There are no references or no segments, or a set has another number of them.</exception>
    public double Score(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string>> references)
    {
        MetricGuard.RequireReferences(hypotheses, references);
        var total = new OrderCounts[options.CharacterOrder + options.WordOrder];
        for (int segment = 0; segment < hypotheses.Count; segment++)
        {
            var predicted = Count(hypotheses[segment]);
            var best = references.Select(set => Compare(predicted, Count(set[segment]))).MaxBy(Combine)!;
            for (int i = 0; i < total.Length; i++)
            {
                total[i] = total[i].Plus(best[i]);
            }
        }

        return Combine(total);
    }

    private static OrderCounts[] Compare(Dictionary<string, int>[] predicted, Dictionary<string, int>[] expected) =>
        [.. predicted.Zip(expected, (found, wanted) => new OrderCounts(
            wanted.Count == 0 ? 0 : found.Values.Sum(), wanted.Values.Sum(), Words.CountCommon(found, wanted)))];

    private Dictionary<string, int>[] Count(string segment)
    {
        string[] words = Words.Split(options.Lowercase ? Words.Lower(segment) : segment);
        string[] characters = Words.Characters(string.Concat(words));
        string[] separated = [.. words.SelectMany(SeparateMark)];
        return
        [
            .. Enumerable.Range(1, options.CharacterOrder).Select(order => Words.CountNgrams(characters, order)),
            .. Enumerable.Range(1, options.WordOrder).Select(order => Words.CountNgrams(separated, order)),
        ];
    }

    // One mark at most, and the last before the first: "(hi)" becomes "(hi" and ")".
    private static string[] SeparateMark(string word) =>
        word.Length == 1 ? [word]
        : IsMark(word[^1]) ? [word[..^1], word[^1..]]
        : IsMark(word[0]) ? [word[..1], word[1..]]
        : [word];

    private static bool IsMark(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c));

    private double Combine(OrderCounts[] counts)
    {
        if (options.AveragesFMeasures)
        {
            return 100 * counts.Average(count => FMeasure(
                count.Predicted > 0 ? (double)count.Common / count.Predicted : Tiny,
                count.Expected > 0 ? (double)count.Common / count.Expected : Tiny,
                Tiny));
        }

        var present = counts.Where(count => count.Predicted > 0 && count.Expected > 0).ToArray();
        return present.Length == 0 ? 0 : 100 * FMeasure(
            present.Average(count => (double)count.Common / count.Predicted), present.Average(count => (double)count.Common / count.Expected), 0);
    }

    private double FMeasure(double precision, double recall, double ofNothing)
    {
        double weight = options.Beta * options.Beta;
        double denominator = (weight * precision) + recall;
        return denominator > 0 ? (1 + weight) * precision * recall / denominator : ofNothing;
    }

    /// <summary>N-grams of one order: in the hypotheses, in the references, in both.</summary>
    private readonly record struct OrderCounts(int Predicted, int Expected, int Common)
    {
        public OrderCounts Plus(OrderCounts other) => new(Predicted + other.Predicted, Expected + other.Expected, Common + other.Common);
    }
}
