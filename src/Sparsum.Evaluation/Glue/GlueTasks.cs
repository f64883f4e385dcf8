using Sparsum.Evaluation.Metrics;

namespace Sparsum.Evaluation.Glue;

/// <summary>The nine tasks of GLUE.</summary>
public static class GlueTasks
{
    private static readonly GlueColumns PairTest = new(1, 2);
    private static readonly GlueColumns PairLabelled = new(1, 2, ^1);

    /// <summary>Every task, in the order of the benchmark.</summary>
    public static IReadOnlyList<GlueTask> All { get; } =
    [
        new GlueTask
        {
            Name = "cola",
            Folder = "CoLA",
            LabelledColumns = new(3, Label: 1) { HasHeader = false },
            TestColumns = new(1),
            Labels = ["unacceptable", "acceptable"],
            WritesLabelNumbers = true,
            Metrics = [Metric.Matthews],
        },
        new GlueTask
        {
            Name = "sst2",
            Folder = "SST-2",
            LabelledColumns = new(0, Label: 1),
            TestColumns = new(1),
            Labels = ["negative", "positive"],
            WritesLabelNumbers = true,
            Metrics = [Metric.Accuracy],
        },
        new GlueTask
        {
            Name = "mrpc",
            Folder = "MRPC",
            LabelledColumns = new(3, 4, 0),
            TestColumns = new(3, 4),
            Labels = ["not_equivalent", "equivalent"],
            WritesLabelNumbers = true,
            Metrics = [Metric.Accuracy, Metric.F1],
            Recipe = new() { Epochs = 5 },
        },
        new GlueTask
        {
            Name = "stsb",
            Folder = "STS-B",
            LabelledColumns = new(7, 8, ^1),
            TestColumns = new(7, 8),
            Metrics = [Metric.Pearson, Metric.Spearman],
        },
        new GlueTask
        {
            Name = "qqp",
            Folder = "QQP",
            LabelledColumns = new(3, 4, 5),
            TestColumns = PairTest,
            Labels = ["not_duplicate", "duplicate"],
            WritesLabelNumbers = true,
            SkipsShortRows = true,
            Metrics = [Metric.Accuracy, Metric.F1],
        },
        new GlueTask
        {
            Name = "mnli",
            Folder = "MNLI",
            LabelledColumns = new(8, 9, ^1),
            TestColumns = new(8, 9),
            Labels = ["entailment", "neutral", "contradiction"],
            HasMismatched = true,
            Metrics = [Metric.Accuracy],
        },
        new GlueTask
        {
            Name = "qnli",
            Folder = "QNLI",
            LabelledColumns = PairLabelled,
            TestColumns = PairTest,
            Labels = ["entailment", "not_entailment"],
            Metrics = [Metric.Accuracy],
        },
        new GlueTask
        {
            Name = "rte",
            Folder = "RTE",
            LabelledColumns = PairLabelled,
            TestColumns = PairTest,
            Labels = ["entailment", "not_entailment"],
            Metrics = [Metric.Accuracy],
        },
        new GlueTask
        {
            Name = "wnli",
            Folder = "WNLI",
            LabelledColumns = PairLabelled,
            TestColumns = PairTest,
            Labels = ["not_entailment", "entailment"],
            WritesLabelNumbers = true,
            Metrics = [Metric.Accuracy],
            Recipe = new() { Epochs = 5 },
        },
    ];

    /// <summary>The task of a name, whatever its case and with or without a hyphen; null if there is none.</summary>
    public static GlueTask? Find(string name)
    {
        string plain = name.Replace("-", "", StringComparison.Ordinal);
        return All.FirstOrDefault(task => task.Name.Equals(plain, StringComparison.OrdinalIgnoreCase));
    }
}
