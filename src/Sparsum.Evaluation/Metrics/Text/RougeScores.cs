namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>The ROUGE figures of a summary, or their means over several.</summary>
/// <param name="Rouge1">Overlap of words.</param>
/// <param name="Rouge2">Overlap of pairs of words.</param>
/// <param name="Rouge3">Overlap of triples of words.</param>
/// <param name="RougeL">Longest common subsequence of the whole texts.</param>
/// <param name="RougeLsum">Longest common subsequences line by line, joined: lines are sentences.</param>
public sealed record RougeScores(RougeScore Rouge1, RougeScore Rouge2, RougeScore Rouge3, RougeScore RougeL, RougeScore RougeLsum)
{
    /// <summary>Each figure under its published name.</summary>
    public IReadOnlyDictionary<string, RougeScore> ByName => new OrderedDictionary<string, RougeScore>
    {
        ["rouge1"] = Rouge1,
        ["rouge2"] = Rouge2,
        ["rouge3"] = Rouge3,
        ["rougeL"] = RougeL,
        ["rougeLsum"] = RougeLsum,
    };

    /// <summary>Means of precision and recall over texts, and apart from them the mean of the F-measures, which is what is published.</summary>
    /// <param name="scores">One for each text.</param>
    /// <param name="name">A figure by its name in <see cref="ByName"/>.</param>
    /// <exception cref="ArgumentException">There are no scores.</exception>
    public static (double Precision, double Recall, double FMeasure) Mean(IReadOnlyList<RougeScores> scores, string name)
    {
        MetricGuard.RequireSameLength(scores.Count, scores.Count);
        var figures = scores.Select(score => score.ByName[name]).ToArray();
        return (figures.Average(figure => figure.Precision), figures.Average(figure => figure.Recall), figures.Average(figure => figure.FMeasure));
    }
}
