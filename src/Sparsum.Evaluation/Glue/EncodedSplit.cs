using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.Glue;

/// <summary>A split of a task as tokens.</summary>
/// <param name="Dataset">The examples.</param>
/// <param name="Texts">Their tokens, in the same order.</param>
public sealed record EncodedSplit(GlueDataset Dataset, IReadOnlyList<EncodedText> Texts)
{
    /// <summary>Encodes a split.</summary>
    /// <param name="dataset">The examples.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="maxLength">The most tokens of an example, special ones included; of a pair the longer text is cut first.</param>
    /// <param name="cancellationToken">Stops between examples.</param>
    public static EncodedSplit Create(
        GlueDataset dataset, ITokenizer tokenizer, int maxLength, CancellationToken cancellationToken = default)
    {
        var texts = new EncodedText[dataset.Examples.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            texts[i] = tokenizer.EncodePair(dataset.Examples[i].TextA, dataset.Examples[i].TextB, maxLength);
        }

        return new EncodedSplit(dataset, texts);
    }
}
