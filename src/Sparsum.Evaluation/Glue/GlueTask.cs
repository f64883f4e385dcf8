using System.Globalization;
using Sparsum.Evaluation.Metrics;

namespace Sparsum.Evaluation.Glue;

/// <summary>
/// A task of GLUE (Wang et al. 2019): where its files keep what, its labels in the order of the Hugging Face data set <c>glue</c>, and what
/// it is measured by. <see cref="GlueTasks"/> lists them.
/// </summary>
public sealed class GlueTask
{
    private const double LargestScore = 5;

    internal GlueTask()
    {
    }

    /// <summary>Name in lower case without a hyphen, e.g. <c>sst2</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The folder in which the benchmark is published, e.g. <c>SST-2</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>Columns of the training and development files.</summary>
    public required GlueColumns LabelledColumns { get; init; }

    /// <summary>Columns of the test files, which have no labels.</summary>
    public required GlueColumns TestColumns { get; init; }

    /// <summary>Names of the labels by index; empty in regression.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether files write a label as its index rather than its name.</summary>
    public bool WritesLabelNumbers { get; init; }

    /// <summary>Whether rows with too few columns belong to the published files and are left out.</summary>
    public bool SkipsShortRows { get; init; }

    /// <summary>Whether there are mismatched splits beside the matched ones.</summary>
    public bool HasMismatched { get; init; }

    /// <summary>What the benchmark reports.</summary>
    public required IReadOnlyList<Metric> Metrics { get; init; }

    /// <summary>How the task is usually fine-tuned.</summary>
    public GlueRecipe Recipe { get; init; } = new();

    /// <summary>Whether a number from 0 to 5 is predicted rather than a label.</summary>
    public bool IsRegression => Labels.Count == 0;

    /// <summary>Numbers that a model predicts per example: one per label, one in regression.</summary>
    public int Outputs => Math.Max(1, Labels.Count);

    /// <summary>The labelled splits to measure on.</summary>
    public IReadOnlyList<GlueSplit> EvaluationSplits =>
        HasMismatched ? [GlueSplit.Dev, GlueSplit.DevMismatched] : [GlueSplit.Dev];

    /// <summary>What a file may say for a label, for messages.</summary>
    internal string KnownLabels =>
        IsRegression ? $"a number from 0 to {LargestScore}"
        : WritesLabelNumbers ? string.Join(", ", Labels.Select((name, index) => $"{index} ({name})"))
        : string.Join(", ", Labels);

    /// <summary>Name of the file that holds a split.</summary>
    /// <exception cref="ArgumentException">The task has no such split.</exception>
    public string FileName(GlueSplit split) => split switch
    {
        GlueSplit.Train => "train.tsv",
        GlueSplit.Dev => HasMismatched ? "dev_matched.tsv" : "dev.tsv",
        GlueSplit.Test => HasMismatched ? "test_matched.tsv" : "test.tsv",
        GlueSplit.DevMismatched when HasMismatched => "dev_mismatched.tsv",
        GlueSplit.TestMismatched when HasMismatched => "test_mismatched.tsv",
        _ => throw new ArgumentException($"{Name} has no split {split}.", nameof(split)),
    };

    /// <summary>Columns of the file that holds a split.</summary>
    public GlueColumns Columns(GlueSplit split) =>
        split is GlueSplit.Test or GlueSplit.TestMismatched ? TestColumns : LabelledColumns;

    /// <summary>Reads a label as a file writes it: its index or name, or a number in regression. False if it is none.</summary>
    internal bool TryParse(string text, out int? label, out double? score)
    {
        label = null;
        score = null;
        if (IsRegression)
        {
            bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
            score = isNumber && number is >= 0 and <= LargestScore ? number : null;
            return score is not null;
        }

        for (int i = 0; i < Labels.Count && label is null; i++)
        {
            bool isThis = text == (WritesLabelNumbers ? i.ToString(CultureInfo.InvariantCulture) : Labels[i]);
            label = isThis ? i : null;
        }

        return label is not null;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
