using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Training;

/// <summary>
/// The loss that belongs to a model's head: mean cross entropy of classes or tokens, or mean squared error in a regression.
/// </summary>
/// <param name="model">The model that is trained.</param>
/// <param name="labelSmoothing">
/// The share of the target that all tokens or classes have alike (Szegedy et al. 2016, section 7), from 0 to below 1; a regression has none.
/// </param>
public sealed class TrainingObjective(TransformerModel model, double labelSmoothing = 0)
{
    private readonly float smoothing = (float)labelSmoothing;

    private readonly ClassificationHead? head = labelSmoothing > 0 && model.Classification is { Problem: ProblemType.Regression }
        ? throw new InvalidInputException("unused-option", "A regression has no classes whose labels could be smoothed.")
        {
            Option = "label-smoothing",
            Found = FormattableString.Invariant($"{labelSmoothing} with a model of {model.Classification.LabelCount} outputs that are numbers"),
            Hint = "Leave the option out.",
        }
        : model.Classification;

    /// <summary>How many answers the loss of a batch is the mean of.</summary>
    public int CountTargets(TrainingBatch batch) => head is null
        ? TokenTargets(batch).Count(target => target != TrainingBatch.IgnoredLabel)
        : batch.Examples.Count;

    /// <summary>The loss, recorded for backward where a tape is recording.</summary>
    /// <param name="computation">The operations.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="targetCount">
    /// By what the sum is divided: the targets of the whole step where the batch is a part of it, so that the parts add up to its mean.
    /// </param>
    public double Loss(Computation computation, TrainingBatch batch, int targetCount)
    {
        if (head is null)
        {
            var (tokenLogits, targets) = TokenLogits(computation, batch);
            using var logits = tokenLogits;
            return computation.CrossEntropy(logits, targets, targetCount, smoothing);
        }

        using var answers = model.Forward(model.BeginPass(computation, batch.Tokens), batch.Tokens);
        return head.Problem == ProblemType.Regression
            ? computation.MeanSquaredError(answers, [.. batch.Examples.Select(example => (float)example.Label!.Value)], targetCount)
            : computation.CrossEntropy(answers, [.. batch.Examples.Select(example => (int)example.Label!.Value)], targetCount, smoothing);
    }

    /// <summary>
    /// What a language model says of tokens, and the targets that belong to the rows. Where only hidden tokens are asked for, only they pass
    /// through the head, which in a small model is much of the work.
    /// </summary>
    /// <returns>Logits <c>[rows, vocabulary]</c>, the caller's to dispose of, and one target per row, -100 where nothing is asked.</returns>
    public (Tensor Logits, int[] Targets) TokenLogits(Computation computation, TrainingBatch batch)
    {
        int[] targets = TokenTargets(batch);
        if (model is EncoderDecoderModel pair)
        {
            var tokens = batch.Tokens.With(pair.ShiftRight(targets, batch.Examples.Count));
            return (pair.Forward(pair.BeginPass(computation, tokens), tokens), targets);
        }

        var pass = model.BeginPass(computation, batch.Tokens);
        if (model.TaskHead is not MaskedLanguageModelHead masked)
        {
            return (model.Forward(pass, batch.Tokens), targets);
        }

        int[] rows = [.. targets.Index().Where(target => target.Item != TrainingBatch.IgnoredLabel).Select(target => target.Index)];
        using var hidden = model.ForwardHidden(pass, batch.Tokens);
        using var asked = computation.Gather(hidden, rows);
        return (masked.Forward(pass, batch.Tokens, asked), [.. rows.Select(row => targets[row])]);
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
        null => (model is EncoderDecoderModel ? example.Target : example.TokenLabels) is { } labels
            && labels.All(label => label == TrainingBatch.IgnoredLabel || (label >= 0 && label < model.VocabularySize)),
        { Problem: ProblemType.Regression } => head.LabelCount == 1 && example.Label is { } number && double.IsFinite(number),
        _ => example.Label is { } label && label >= 0 && label < head.LabelCount && double.IsInteger(label),
    };

    private string Expectation() => head switch
    {
        null => $"{(model is EncoderDecoderModel ? "a target of tokens" : "one label per token")}, each -100 or below {model.VocabularySize}",
        { Problem: ProblemType.Regression } => "a number, and a model with one output",
        _ => $"a class from 0 to {head.LabelCount - 1}",
    };

    /// <summary>
    /// What each position should say; in a causal model that is the label of the next position, and of two stacks the decoder speaks.
    /// </summary>
    private int[] TokenTargets(TrainingBatch batch)
    {
        if (model is EncoderDecoderModel)
        {
            return batch.TargetLabels!;
        }

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
