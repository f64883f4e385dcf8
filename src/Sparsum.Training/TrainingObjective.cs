using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Errors;
using Sparsum.Transformers.Models;

namespace Sparsum.Training;

/// <summary>
/// The loss that belongs to a model's head: mean cross entropy of classes or tokens, or mean squared error in a regression.
/// </summary>
/// <param name="model">The model that is trained.</param>
public sealed class TrainingObjective(TransformerModel model)
{
    private readonly ClassificationHead? head = model.Classification;

    /// <summary>How many answers the loss of a batch is the mean of.</summary>
    public int CountTargets(TrainingBatch batch) => head is null
        ? TokenTargets(batch).Count(target => target != TrainingBatch.IgnoredLabel)
        : batch.Examples.Count;

    /// <summary>The loss, recorded for backward where a tape is recording.</summary>
    /// <param name="computation">The operations.</param>
    /// <param name="logits">What the model says of the batch.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="targetCount">
    /// By what the sum is divided: the targets of the whole step where the batch is a part of it, so that the parts add up to its mean.
    /// </param>
    public double Loss(Computation computation, Tensor logits, TrainingBatch batch, int targetCount)
    {
        if (head is null)
        {
            return computation.CrossEntropy(logits, TokenTargets(batch), targetCount);
        }

        return head.Problem == ProblemType.Regression
            ? computation.MeanSquaredError(logits, [.. batch.Examples.Select(example => (float)example.Label!.Value)], targetCount)
            : computation.CrossEntropy(logits, [.. batch.Examples.Select(example => (int)example.Label!.Value)], targetCount);
    }

    /// <summary>Checks that every example has an answer that the model can give.</summary>
    /// <exception cref="InvalidInputException">One has not.</exception>
    public void Check(IReadOnlyList<TrainingExample> examples)
    {
        foreach (var (index, example) in examples.Index())
        {
            if (!Fits(example))
            {
                throw new InvalidInputException("bad-label", $"Example {index} has no label that this model can be trained on.")
                {
                    Found = head is null ? "missing or unknown token labels" : FormattableString.Invariant($"label {example.Label}"),
                    Expected = Expectation(),
                };
            }
        }
    }

    private bool Fits(TrainingExample example) => head switch
    {
        null => example.TokenLabels is { } labels
            && labels.All(label => label == TrainingBatch.IgnoredLabel || (label >= 0 && label < model.VocabularySize)),
        { Problem: ProblemType.Regression } => head.LabelCount == 1 && example.Label is { } number && double.IsFinite(number),
        _ => example.Label is { } label && label >= 0 && label < head.LabelCount && double.IsInteger(label),
    };

    private string Expectation() => head switch
    {
        null => $"one label per token, each -100 or below {model.VocabularySize}",
        { Problem: ProblemType.Regression } => "a number, and a model with one output",
        _ => $"a class from 0 to {head.LabelCount - 1}",
    };

    /// <summary>What each position should say; in a causal model that is the label of the next position.</summary>
    private int[] TokenTargets(TrainingBatch batch)
    {
        if (model is not CausalLanguageModel)
        {
            return batch.TokenLabels;
        }

        int length = batch.Tokens.Length;
        var targets = new int[batch.TokenLabels.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = (i + 1) % length == 0 ? TrainingBatch.IgnoredLabel : batch.TokenLabels[i + 1];
        }

        return targets;
    }
}
