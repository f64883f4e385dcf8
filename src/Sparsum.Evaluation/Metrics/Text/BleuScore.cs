namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>BLEU and what it is made of.</summary>
/// <param name="Score">From 0 to 100.</param>
/// <param name="Matches">N-grams of each order that references have too; with what smoothing by addition adds.</param>
/// <param name="Totals">N-grams of each order in the hypotheses, likewise.</param>
/// <param name="Precisions">Of each order, in percent and smoothed.</param>
/// <param name="BrevityPenalty">From 0 to 1; below 1 where the hypotheses are shorter than the references.</param>
/// <param name="HypothesisLength">Tokens of the hypotheses.</param>
/// <param name="ReferenceLength">Tokens of the references, of each segment's the one closest in length.</param>
public sealed record BleuScore(
    double Score,
    IReadOnlyList<double> Matches,
    IReadOnlyList<double> Totals,
    IReadOnlyList<double> Precisions,
    double BrevityPenalty,
    int HypothesisLength,
    int ReferenceLength);
