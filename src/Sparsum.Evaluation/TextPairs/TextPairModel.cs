using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.TextPairs;

/// <summary>Opens models for tasks of text pairs, and tells what they are to be given.</summary>
public static class TextPairModel
{
    /// <summary>Opens a model; reads no weights.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="freshHead">Whether another head was asked for, of which there is none.</param>
    /// <exception cref="InvalidInputException">It has no encoder and decoder, or lacks parameters.</exception>
    public static PretrainedModel Open(string folder, TextPairTask task, bool freshHead = false)
    {
        var pretrained = PretrainedModel.Open(folder);
        try
        {
            if (pretrained.Model is not EncoderDecoderModel)
            {
                throw new InvalidInputException("unsupported-task", $"The model cannot be used for {task.Name}.")
                {
                    File = Path.Combine(pretrained.Folder, "config.json"),
                    Found = $"a model for {pretrained.Task}",
                    Expected = $"a model for {ModelTask.ConditionalGeneration}, with an encoder and a decoder",
                    Hint = "Take a T5, BART or Marian model.",
                };
            }

            if (freshHead)
            {
                throw new InvalidInputException("conflicting-options", $"There is no head of its own for {task.Name}, which could be drawn anew.")
                {
                    Option = "fresh-head",
                    Found = $"`fresh-head` with {task.Name}",
                    Hint = "Leave it out.",
                };
            }

            pretrained.RequireTrained();
            return pretrained;
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }
    }

    /// <summary>What stands in front of every source where nothing else is asked for: the task in words, or nothing.</summary>
    /// <exception cref="InvalidInputException">The English name of a language is not known.</exception>
    public static string Prefix(PretrainedModel pretrained, TextPairTask task) =>
        pretrained.Architecture.ReadsInstructions ? task.Instruction() : "";

    /// <summary>How many tokens a text may have: what was asked for, or what is usual as far as the model goes.</summary>
    /// <param name="pretrained">The model.</param>
    /// <param name="length">The length.</param>
    /// <param name="isAsked">Whether it was asked for.</param>
    /// <param name="option">The option that asked.</param>
    /// <exception cref="InvalidInputException">The model has no positions for what was asked for.</exception>
    public static int Limit(PretrainedModel pretrained, int length, bool isAsked, string option)
    {
        bool isTooLong = pretrained.Model is EncoderDecoderModel { HasPositionLimit: true } && length > pretrained.Model.MaxPositions;
        return isTooLong && isAsked
            ? throw new InvalidInputException("sequence-too-long", $"The model cannot read or write {length} tokens.")
            {
                Option = option,
                Found = $"{length}",
                Expected = $"at most {pretrained.Model.MaxPositions}, the positions of the model",
                Hint = "Give a smaller length: longer texts are cut.",
            }
            : isTooLong ? pretrained.Model.MaxPositions : length;
    }
}
