using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Glue;

/// <summary>Opens models as classifiers of a task, or as the regression that it asks for.</summary>
public static class GlueClassifier
{
    /// <summary>
    /// Opens a model to be trained: a classifier of the task as it is, any other with a fresh head. One whose checkpoint has no classifier is none,
    /// whatever its architecture is called. Nothing is loaded yet.
    /// </summary>
    /// <param name="folder">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="freshHead">Whether the head is drawn anew in any case.</param>
    /// <param name="seed">Seed of a fresh head.</param>
    /// <exception cref="InvalidInputException">The model has another label set, or there is no classifier of its architecture.</exception>
    public static PretrainedModel OpenForTraining(string folder, GlueTask task, bool freshHead = false, ulong seed = 0)
    {
        var pretrained = PretrainedModel.Open(folder);
        try
        {
            if (pretrained.Model.Classification is { } head && !pretrained.FreshParameters.Contains(head.Classifier.Weight.Name) && !freshHead)
            {
                RequireFit(pretrained, task, "Choose the task that it was made for, or ask for a `fresh-head`.");
                return pretrained;
            }
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }

        pretrained.Dispose();
        return PretrainedModel.Open(folder, new HeadOptions
        {
            Task = ModelTask.SequenceClassification,
            Labels = task.IsRegression ? ["LABEL_0"] : task.Labels,
            Problem = task.IsRegression ? ProblemType.Regression : ProblemType.SingleLabelClassification,
            IsFresh = freshHead,
            Seed = seed,
        });
    }

    /// <summary>Opens a model to be measured.</summary>
    /// <exception cref="InvalidInputException">It is no classifier, or has another label set.</exception>
    public static PretrainedModel OpenForEvaluation(string folder, GlueTask task)
    {
        var pretrained = PretrainedModel.Open(folder);
        try
        {
            RequireFit(pretrained, task, $"Fine-tune it on {task.Name} first.");
            return pretrained;
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }
    }

    /// <summary>Which output of a classifier stands for which label; null in regression.</summary>
    /// <exception cref="InvalidInputException">The labels are not those of the task.</exception>
    public static LabelMapping? Mapping(PretrainedModel pretrained, GlueTask task) => task.IsRegression
        ? null
        : LabelMapping.Create(task, LabelSet.Of(pretrained.ModelConfig).Names.Index().ToDictionary(label => label.Item, label => label.Index));

    /// <summary>The token that fills short rows.</summary>
    public static int PaddingToken(PretrainedModel pretrained) => pretrained.ModelConfig.PadTokenId ?? pretrained.Tokenizer.PadId ?? 0;

    private static void RequireFit(PretrainedModel pretrained, GlueTask task, string hint)
    {
        var head = pretrained.Model.Classification;
        bool isRegression = head?.Problem == ProblemType.Regression;
        if (head is null || isRegression != task.IsRegression || (isRegression && head.LabelCount != 1))
        {
            throw new InvalidInputException("label-mismatch", $"The model has no head for {task.Name}.")
            {
                File = Path.Combine(pretrained.Folder, "config.json"),
                Found = head is null ? $"a model for {pretrained.Task}" : isRegression ? $"a regression of {head.LabelCount}" : "a classifier",
                Expected = task.IsRegression ? "a regression of one number" : $"a classifier of {string.Join(", ", task.Labels)}",
                Hint = hint,
            };
        }

        Mapping(pretrained, task);
    }
}
