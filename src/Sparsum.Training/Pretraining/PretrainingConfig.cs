using Sparsum.Core;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>Makes a configuration fit objective and tokenizer before weights are drawn.</summary>
public static class PretrainingConfig
{
    /// <summary>Vocabularies are often rounded up to a multiple of some power of two; more spare rows than that are a mistake.</summary>
    private const int MostSpareRows = 127;

    /// <summary>
    /// The configuration with the task's class and the tokenizer's special ids. Its <c>vocab_size</c> follows a tokenizer that was
    /// learned for it, and must fit any other; targets of two stacks begin with the padding of one that was.
    /// </summary>
    /// <param name="file">The configuration.</param>
    /// <param name="task">What the model is for.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="isLearned">Whether the tokenizer was learned for this model.</param>
    /// <exception cref="InvalidInputException">The vocabulary sizes disagree.</exception>
    public static ModelConfig Fit(ConfigFile file, ModelTask task, ITokenizer tokenizer, bool isLearned)
    {
        var config = file.Config;
        int spare = config.VocabSize - tokenizer.VocabularySize;
        if (!isLearned && spare is < 0 or > MostSpareRows)
        {
            throw new InvalidInputException("vocabulary-mismatch", "Tokenizer and configuration have vocabularies of different size.")
            {
                File = file.Path,
                Found = $"vocab_size: {config.VocabSize}",
                Expected = $"vocab_size: {tokenizer.VocabularySize}, the tokenizer's ids, or up to {MostSpareRows} more",
                Hint = "Correct vocab_size, use the tokenizer that belongs to it, or learn one with `train-tokenizer`.",
            };
        }

        var fitted = config with
        {
            Architectures = [file.Architecture.ClassName(task)!],
            VocabSize = isLearned ? tokenizer.VocabularySize : config.VocabSize,
            BosTokenId = tokenizer.BeginId ?? config.BosTokenId,
            EosTokenId = tokenizer.EndId is { } end ? [end] : config.EosTokenId,
            PadTokenId = PaddingOf(tokenizer),
        };
        return isLearned && fitted.PadTokenId is { } pad ? fitted.StartTargetsWith(pad) : fitted;
    }

    // The padding row gets no gradient, so a token that also begins or ends texts must not be declared as padding.
    private static int? PaddingOf(ITokenizer tokenizer) =>
        tokenizer.PadId is { } pad && pad != tokenizer.BeginId && pad != tokenizer.EndId ? pad : null;
}
