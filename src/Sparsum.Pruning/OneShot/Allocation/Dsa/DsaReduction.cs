namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>Reductions of all scores of a block to one number; names are those of the expressions.</summary>
internal static class DsaReduction
{
    // The product of single-precision numbers leaves their range long before its root would.
    private static readonly double LogLeast = Math.Log(float.Epsilon);
    private static readonly double LogMost = Math.Log(float.MaxValue);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["MEAN", "VAR", "STD", "L1_NORM", "FROBENIUS_NORM", "GEOMETRIC_MEAN", "ENTROPY"];

    /// <summary>Reduces scores.</summary>
    public static float Apply(string name, ScoreStream scores)
    {
        var summary = scores.Summarize();
        return (float)(name switch
        {
            "MEAN" => summary.Mean,
            "VAR" => summary.Variance,
            "STD" => Math.Sqrt(summary.Variance),
            "L1_NORM" => scores.Sum(Math.Abs) / scores.Count,
            "FROBENIUS_NORM" => Math.Sqrt(scores.Sum(x => x * x)),
            "GEOMETRIC_MEAN" => GeometricMean(scores),
            "ENTROPY" => Entropy(scores, summary.Mean * scores.Count),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown reduction."),
        });
    }

    /// <summary>The root of the product, which in single precision is 0 or infinite for all but a few numbers.</summary>
    private static double GeometricMean(ScoreStream scores)
    {
        bool isNegative = scores.Sum(x => x < 0 ? 1 : 0) % 2 == 1;
        double logarithm = scores.Sum(x => Math.Log(Math.Abs(x)));
        return logarithm < LogLeast ? 0
            : isNegative ? double.NaN
            : logarithm > LogMost ? double.PositiveInfinity
            : Math.Exp(logarithm / scores.Count);
    }

    /// <summary><c>-Σ p ln p</c> with <c>p = x / Σ x</c>; zeros add nothing.</summary>
    private static double Entropy(ScoreStream scores, double total) =>
        -scores.Sum(x => x == 0 ? 0 : x / total * Math.Log(x / total));
}

/// <summary>What is known of many values at once.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Variance">Their unbiased variance.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
internal readonly record struct ScoreSummary(double Mean, double Variance, float Least, float Most);
