using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics;

namespace Sparsum.Cli.Training;

/// <summary>The metrics of a task as fields of a document.</summary>
internal static class TaskRecord
{
    /// <summary>Metrics by name.</summary>
    public static JsonObject Metrics(IReadOnlyDictionary<string, double> metrics)
    {
        var record = new JsonObject();
        foreach (var (name, value) in metrics)
        {
            record[name] = JsonText.Number(value);
        }

        return record;
    }

    /// <summary>The metrics of several splits; the names say which are of mismatched ones.</summary>
    public static JsonObject Metrics(IEnumerable<(GlueSplit Split, MetricScores Scores)> splits)
    {
        var record = new JsonObject();
        foreach (var (split, scores) in splits)
        {
            foreach (var (name, value) in scores.Values)
            {
                record[name + GlueScorer.Suffix(split)] = JsonText.Number(value);
            }
        }

        return record;
    }

    /// <summary>Metrics for people.</summary>
    public static string Describe(JsonObject metrics) => string.Join(
        ", ", metrics.Select(metric => FormattableString.Invariant($"{metric.Key} {metric.Value!.GetValue<double>():F4}")));
}
