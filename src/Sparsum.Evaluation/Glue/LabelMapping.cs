using System.Globalization;
using Sparsum.Core;

namespace Sparsum.Evaluation.Glue;

/// <summary>
/// Which output of a model stands for which label of a task. Models order labels as their training did: MNLI has at least two orders in
/// use, so indices are matched by name.
/// </summary>
public sealed class LabelMapping
{
    private readonly int[] toModel;
    private readonly int[] toTask;

    private LabelMapping(int[] toModel)
    {
        this.toModel = toModel;
        toTask = new int[toModel.Length];
        for (int label = 0; label < toModel.Length; label++)
        {
            toTask[toModel[label]] = label;
        }
    }

    /// <summary>Matches the labels of a task with a model's <c>label2id</c>, by name, whatever its case.</summary>
    /// <param name="task">A classification task.</param>
    /// <param name="label2Id">
    /// Names and indices from the model's configuration. Names that say nothing, <c>LABEL_0</c> or <c>0</c>, stand for the task's own
    /// order.
    /// </param>
    /// <exception cref="InvalidInputException">The model has other labels.</exception>
    /// <exception cref="ArgumentException">The task is a regression.</exception>
    public static LabelMapping Create(GlueTask task, IReadOnlyDictionary<string, int> label2Id)
    {
        if (task.IsRegression)
        {
            throw new ArgumentException($"{task.Name} has no labels.", nameof(task));
        }

        int[]? map = Match(label2Id, task.Labels.Count, label => task.Labels[label])
            ?? Match(label2Id, task.Labels.Count, label => string.Create(CultureInfo.InvariantCulture, $"label_{label}"))
            ?? Match(label2Id, task.Labels.Count, label => label.ToString(CultureInfo.InvariantCulture));
        return map is not null
            ? new LabelMapping(map)
            : throw new InvalidInputException("label-mismatch", $"The labels of the model are not those of {task.Name}.")
            {
                File = "config.json",
                Found = string.Join(", ", label2Id.OrderBy(pair => pair.Value).Select(pair => pair.Key)),
                Expected = string.Join(", ", task.Labels),
                Hint = $"Use a model that was fine-tuned for {task.Name}, or mend label2id.",
            };
    }

    /// <summary>The model's index of a label.</summary>
    /// <param name="label">Index in <see cref="GlueTask.Labels"/>.</param>
    public int ToModel(int label) => toModel[label];

    /// <summary>The label, as an index in <see cref="GlueTask.Labels"/>, of a model's output.</summary>
    /// <param name="output">Index of the output.</param>
    public int ToTask(int output) => toTask[output];

    /// <summary>Model indices by label; null unless the names and the indices 0 to count - 1 fit one to one.</summary>
    private static int[]? Match(IReadOnlyDictionary<string, int> label2Id, int count, Func<int, string> nameOf)
    {
        if (label2Id.Count != count)
        {
            return null;
        }

        var map = new int[count];
        for (int label = 0; label < count; label++)
        {
            string name = nameOf(label);
            var matches = label2Id.Where(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (matches.Length != 1)
            {
                return null;
            }

            map[label] = matches[0].Value;
        }

        return map.Order().SequenceEqual(Enumerable.Range(0, count)) ? map : null;
    }
}
