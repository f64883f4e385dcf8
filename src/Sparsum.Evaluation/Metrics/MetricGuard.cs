namespace Sparsum.Evaluation.Metrics;

/// <summary>What every metric asks of its input.</summary>
internal static class MetricGuard
{
    public static void RequireSameLength(int predictions, int references)
    {
        if (predictions != references)
        {
            throw new ArgumentException($"There are {predictions} predictions for {references} references.");
        }

        if (predictions == 0)
        {
            throw new ArgumentException("There are no predictions to score.");
        }
    }

    public static void RequireReferences(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        if (references.Count == 0)
        {
            throw new ArgumentException("There are no references to score against.");
        }

        foreach (var set in references)
        {
            RequireSameLength(hypotheses.Count, set.Count);
        }
    }
}
