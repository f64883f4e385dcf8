using Sparsum.Core;
using Sparsum.Evaluation.Metrics;

namespace Sparsum.Evaluation.Glue;

/// <summary>Scores what a model says about the examples of a task.</summary>
public static class GlueScorer
{
    /// <summary>
    /// The task's metrics. The predicted label is the largest output, the first one on a tie; a regression takes the output as it is.
    /// </summary>
    /// <param name="dataset">A labelled split.</param>
    /// <param name="logits"><c>[examples, outputs]</c> in row-major order.</param>
    /// <param name="mapping">Which output stands for which label; null if the model has the order of the task.</param>
    /// <exception cref="ArgumentException">The split has no labels, or the logits do not have its shape.</exception>
    /// <exception cref="RunFailedException">An output is not finite.</exception>
    public static MetricScores Score(GlueDataset dataset, ReadOnlySpan<float> logits, LabelMapping? mapping = null)
    {
        var task = dataset.Task;
        if (task.Columns(dataset.Split).Label is null)
        {
            throw new ArgumentException($"The split {dataset.Split} has no labels.", nameof(dataset));
        }

        if (logits.Length != dataset.Examples.Count * task.Outputs)
        {
            throw new ArgumentException(
                $"{logits.Length} logits are not [{dataset.Examples.Count}, {task.Outputs}].", nameof(logits));
        }

        RequireFinite(logits, task.Outputs);
        return task.IsRegression
            ? MetricScores.OfValues(task.Metrics, ToDoubles(logits), [.. dataset.Examples.Select(example => example.Score!.Value)])
            : MetricScores.OfLabels(
                task.Metrics, Predict(logits, task.Outputs, mapping), [.. dataset.Examples.Select(example => example.Label!.Value)]);
    }

    /// <summary>What a document adds to the name of a metric to tell the mismatched splits of MNLI from the matched ones.</summary>
    public static string Suffix(GlueSplit split) => split is GlueSplit.DevMismatched or GlueSplit.TestMismatched ? "Mismatched" : "";

    private static int[] Predict(ReadOnlySpan<float> logits, int outputs, LabelMapping? mapping)
    {
        var labels = new int[logits.Length / outputs];
        for (int i = 0; i < labels.Length; i++)
        {
            var row = logits.Slice(i * outputs, outputs);
            int best = 0;
            for (int j = 1; j < outputs; j++)
            {
                best = row[j] > row[best] ? j : best;
            }

            labels[i] = mapping?.ToTask(best) ?? best;
        }

        return labels;
    }

    private static double[] ToDoubles(ReadOnlySpan<float> values)
    {
        var result = new double[values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = values[i];
        }

        return result;
    }

    private static void RequireFinite(ReadOnlySpan<float> logits, int outputs)
    {
        for (int i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i]))
            {
                throw new RunFailedException("non-finite-logits", $"The model's output for example {i / outputs} is not finite.")
                {
                    Found = $"{logits[i]}",
                    Expected = "finite numbers",
                    Hint = "The model is damaged or its training diverged; train with a smaller learning rate.",
                };
            }
        }
    }
}
