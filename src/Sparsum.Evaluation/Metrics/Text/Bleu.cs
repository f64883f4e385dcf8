namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>
/// BLEU (Papineni et al. 2002, equation 3) of a corpus as sacreBLEU computes it (Post 2018, <i>A Call for Clarity in Reporting BLEU
/// Scores</i>): <c>BP · exp(mean ln p_n)</c>, matches and totals summed over the segments first.
/// </summary>
/// <param name="options">Settings; null for the defaults.</param>
/// <exception cref="ArgumentException">A setting does not fit.</exception>
public sealed class Bleu(BleuOptions? options = null)
{
    private readonly BleuOptions options = (options ?? new BleuOptions()).Validated();

    /// <summary>Scores a corpus.</summary>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">One set of references or several, each with one for each segment.</param>
    /// <exception cref="ArgumentException">There are no references or no segments, or a set has another number of them.</exception>
    public BleuScore Score(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string>> references)
    {
        MetricGuard.RequireReferences(hypotheses, references);
        double[] matches = new double[options.MaxOrder];
        double[] totals = new double[options.MaxOrder];
        int hypothesisLength = 0;
        int referenceLength = 0;
        for (int segment = 0; segment < hypotheses.Count; segment++)
        {
            string[] predicted = Tokenize(hypotheses[segment]);
            string[][] expected = [.. references.Select(set => Tokenize(set[segment]))];
            hypothesisLength += predicted.Length;
            referenceLength += expected.Select(tokens => tokens.Length).OrderBy(length => Math.Abs(length - predicted.Length)).ThenBy(length => length).First();
            for (int order = 1; order <= options.MaxOrder; order++)
            {
                var found = Words.CountNgrams(predicted, order);
                totals[order - 1] += found.Values.Sum();
                matches[order - 1] += Words.CountCommon(found, LargestCounts(expected, order));
            }
        }

        return Combine(matches, totals, hypothesisLength, referenceLength);
    }

    private static Dictionary<string, int> LargestCounts(string[][] references, int order)
    {
        var largest = Words.CountNgrams(references[0], order);
        foreach (string[] reference in references.Skip(1))
        {
            foreach (var (ngram, count) in Words.CountNgrams(reference, order))
            {
                largest[ngram] = Math.Max(count, largest.GetValueOrDefault(ngram));
            }
        }

        return largest;
    }

    private string[] Tokenize(string segment) => options.Tokenizer.Tokenize(options.Lowercase ? Words.Lower(segment) : segment);

    private BleuScore Combine(double[] matches, double[] totals, int hypothesisLength, int referenceLength)
    {
        double penalty = hypothesisLength >= referenceLength ? 1
            : hypothesisLength == 0 ? 0
            : Math.Exp(1 - ((double)referenceLength / hypothesisLength));
        double[] precisions = new double[options.MaxOrder];
        if (Array.TrueForAll(matches, count => count == 0))
        {
            return new BleuScore(0, matches, totals, precisions, penalty, hypothesisLength, referenceLength);
        }

        int present = Smooth(matches, totals, precisions);
        int orders = options.EffectiveOrder ? present : options.MaxOrder;
        bool isZero = precisions.Take(orders).Contains(0);
        double score = isZero ? 0 : penalty * Math.Exp(precisions.Take(orders).Sum(Math.Log) / orders);
        return new BleuScore(score, matches, totals, precisions, penalty, hypothesisLength, referenceLength);
    }

    /// <summary>Fills in precisions up to the first order that has no n-grams, and tells how many that are.</summary>
    private int Smooth(double[] matches, double[] totals, double[] precisions)
    {
        double divisor = 1;
        for (int i = 0; i < precisions.Length; i++)
        {
            if (options.Smoothing == BleuSmoothing.AddK && i > 0)
            {
                matches[i] += options.EffectiveSmoothingValue;
                totals[i] += options.EffectiveSmoothingValue;
            }

            if (totals[i] == 0)
            {
                return i;
            }

            double count = matches[i];
            if (count == 0 && options.Smoothing == BleuSmoothing.Exponential)
            {
                divisor *= 2;
                count = 1 / divisor;
            }
            else if (count == 0 && options.Smoothing == BleuSmoothing.Floor)
            {
                count = options.EffectiveSmoothingValue;
            }

            precisions[i] = 100 * count / totals[i];
        }

        return precisions.Length;
    }
}
