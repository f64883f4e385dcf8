using System.Globalization;
using Sparsum.Evaluation.Metrics;

namespace Sparsum.Evaluation.Glue;

/// <summary>
/// GLUE as text to text (Raffel et al. 2020, section 2.4 and appendix D): the task and its texts in words, such as <c>sst2 sentence: …</c>,
/// and for an answer the name of the label, or of STS-B the score rounded to the nearest 0.2.
/// </summary>
public static class GlueTextForm
{
    private const double ScoreStep = 0.2;

    /// <summary>What a model reads for an example.</summary>
    public static string Source(GlueTask task, GlueExample example)
    {
        var (first, second) = task.Name switch
        {
            "qqp" => ("question1", "question2"),
            "qnli" => ("question", "sentence"),
            "mnli" => ("premise", "hypothesis"),
            _ when example.TextB is null => ("sentence", ""),
            _ => ("sentence1", "sentence2"),
        };
        string[] parts = example.TextB is null
            ? [$"{first}: {example.TextA}"]
            : [$"{first}: {example.TextA}", $"{second}: {example.TextB}"];

        // T5 was told what is claimed before what it is claimed of.
        return $"{task.Name} {string.Join(' ', task.Name == "mnli" ? parts.Reverse() : parts)}";
    }

    /// <summary>What it is to write for one.</summary>
    /// <exception cref="ArgumentException">The example has no label.</exception>
    public static string Target(GlueTask task, GlueExample example) =>
        example.Score is { } score ? FormatScore(score)
        : example.Label is { } label ? task.Labels[label]
        : throw new ArgumentException("The example has no label.", nameof(example));

    /// <summary>
    /// The task's metrics of what a model wrote. A text that is no label counts as wrong: where there are two labels as the other one, else as
    /// none; one that is no number of a regression counts as -1, as in the reference.
    /// </summary>
    /// <param name="dataset">A labelled split.</param>
    /// <param name="texts">What was written for each example.</param>
    /// <returns>The scores, and how many texts were no answers.</returns>
    public static (MetricScores Scores, int Unknown) Score(GlueDataset dataset, IReadOnlyList<string> texts)
    {
        var task = dataset.Task;
        int unknown = 0;
        if (task.IsRegression)
        {
            double[] numbers = [.. texts.Select(text => ParseScore(text) ?? Miss(-1.0))];
            return (MetricScores.OfValues(task.Metrics, numbers, [.. dataset.Examples.Select(example => example.Score!.Value)]), unknown);
        }

        int[] references = [.. dataset.Examples.Select(example => example.Label!.Value)];
        int[] labels =
        [
            .. texts.Select((text, index) => ParseLabel(task, text) ?? Miss(task.Labels.Count == 2 ? 1 - references[index] : -1)),
        ];
        return (MetricScores.OfLabels(task.Metrics, labels, references), unknown);

        T Miss<T>(T value)
        {
            unknown++;
            return value;
        }
    }

    private static string FormatScore(double score) =>
        (Math.Round(score / ScoreStep, MidpointRounding.ToEven) * ScoreStep).ToString("F1", CultureInfo.InvariantCulture);

    private static double? ParseScore(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double score) && double.IsFinite(score) ? score : null;

    private static int? ParseLabel(GlueTask task, string text)
    {
        for (int label = 0; label < task.Labels.Count; label++)
        {
            if (task.Labels[label] == text.Trim())
            {
                return label;
            }
        }

        return null;
    }
}
