using System.Text.Json;
using Sparsum.Core;
using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Metrics;

namespace Sparsum.Evaluation.Glue;

/// <summary>
/// Tasks of the user's own in GLUE's layout: a folder with <c>train.tsv</c> and <c>dev.tsv</c>, and a JSON file that says which columns hold
/// texts and label, what the labels are and what is measured:
/// <c>{ "name": "topics", "text": 0, "label": 1, "labels": ["io", "net"], "metrics": ["accuracy"] }</c>.
/// </summary>
public static class TaskFile
{
    /// <summary>Reads a task description.</summary>
    /// <exception cref="DatasetException">The file is missing or malformed, or names columns or metrics that cannot be.</exception>
    public static GlueTask Read(string path)
    {
        path = Path.GetFullPath(path);
        var description = Parse(path);
        int[] used = [description.Text, description.Label, .. description.TextPair is { } pair ? new[] { pair } : []];
        var metrics = description.Metrics.Select(name => (Name: name, Metric: Metric.Find(name))).ToList();
        bool isRegression = description.Labels.Count == 0;
        bool isSound = used.All(column => column >= 0)
            && used.Distinct().Count() == used.Length
            && description.Labels.Count != 1
            && description.Labels.Distinct(StringComparer.OrdinalIgnoreCase).Count() == description.Labels.Count
            && metrics.Count > 0
            && metrics.All(entry => entry.Metric is { } metric
                && metric.ComparesLabels == !isRegression
                && (!metric.IsBinary || description.Labels.Count == 2));
        if (!isSound)
        {
            throw Malformed(path, JsonSerializer.Serialize(description, TaskJson.Default.TaskDescription), null);
        }

        var columns = new GlueColumns(description.Text, description.TextPair, description.Label) { HasHeader = description.Header };
        return new GlueTask
        {
            Name = description.Name,
            Folder = description.Name,
            LabelledColumns = columns,
            TestColumns = columns with { Label = null },
            Labels = description.Labels,
            Metrics = [.. metrics.Select(entry => entry.Metric!)],
        };
    }

    /// <summary>Writes the description of a classification task whose files hold a text and a label.</summary>
    public static void Write(string path, string name, IReadOnlyList<string> labels) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(
        new TaskDescription { Name = name, Labels = labels, Metrics = [Metric.Accuracy.Name] }, TaskJson.Default.TaskDescription) + "\n");

    private static TaskDescription Parse(string path)
    {
        if (!File.Exists(path))
        {
            throw new DatasetException("missing-file", $"There is no task description '{path}'.") { File = path, Hint = "Check the path." };
        }

        try
        {
            return StrictJson.Read(path, TaskJson.Default.TaskDescription);
        }
        catch (InvalidInputException error)
        {
            throw Malformed(path, error.Found ?? error.Message, error);
        }
    }

    private static DatasetException Malformed(string path, string found, Exception? cause) =>
        new("malformed-task", $"'{path}' does not describe a task.", cause)
        {
            File = path,
            Found = found,
            Expected = "name, text, label (columns from 0, all different), labels (none, or at least two different ones), and metrics that fit: "
                + string.Join(", ", Metric.All.Select(metric => metric.Name)),
            Hint = "Mend the file.",
        };
}
