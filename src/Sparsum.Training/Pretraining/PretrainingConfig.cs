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
    /// The configuration with the objective's class and the tokenizer's special ids. Its <c>vocab_size</c> follows a tokenizer that was
    /// learned for it, and must fit any other.
    /// </summary>
    /// <param name="file">The configuration.</param>
    /// <param name="objective">What the model is trained to do.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="isLearned">Whether the tokenizer was learned for this model.</param>
    /// <exception cref="InvalidInputException">The vocabulary sizes disagree.</exception>
    public static ModelConfig Fit(ConfigFile file, PretrainingObjective objective, ITokenizer tokenizer, bool isLearned)
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

        return config with
        {
            Architectures = [file.Architecture.ClassName(objective.Task)!],
            VocabSize = isLearned ? tokenizer.VocabularySize : config.VocabSize,
            BosTokenId = tokenizer.BeginId ?? config.BosTokenId,
            EosTokenId = tokenizer.EndId is { } end ? [end] : config.EosTokenId,
            PadTokenId = PaddingOf(tokenizer),
        };
    }

    // The padding row gets no gradient, so a token that also begins or ends texts must not be declared as padding.
    private static int? PaddingOf(ITokenizer tokenizer) =>
        tokenizer.PadId is { } pad && pad != tokenizer.BeginId && pad != tokenizer.EndId ? pad : null;
}
