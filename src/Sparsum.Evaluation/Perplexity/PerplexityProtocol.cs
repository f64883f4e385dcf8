using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>
/// How a text becomes scored token sequences. Figures of different protocols cannot be compared, so each result names its own. In all of
/// them <c>perplexity = exp(total negative log-likelihood / predicted tokens)</c>; for windows of equal length that equals the exponential
/// of the mean window loss, which the pruning literature reports.
/// </summary>
public enum PerplexityProtocol
{
    /// <summary>
    /// Every document alone: the tokenizer's default special tokens around it, cut at the window. Documents of fewer than two tokens
    /// predict nothing and are skipped.
    /// </summary>
    Documents,

    /// <summary>
    /// The documents joined into one text and tokenised once, so special tokens stand at its ends only; consecutive windows without
    /// overlap or context, the tail dropped (the protocol of SparseGPT and Wanda).
    /// </summary>
    Joined,

    /// <summary>
    /// Every document tokenised with its special tokens, the ids put one after the other; consecutive windows as in
    /// <see cref="Joined"/>, the tail dropped.
    /// </summary>
    Concatenated,

    /// <summary>
    /// WikiText-2 as SparseGPT and Wanda score it: the rows of the data set joined by two newlines, consecutive windows as in
    /// <see cref="Joined"/>. Of a text file each line is a row, as <see cref="PublishedRows.WikiText"/> has them.
    /// </summary>
    WikiText2,

    /// <summary>The Penn Treebank as they score it: the sentences joined by single spaces, consecutive windows. Of a text file each line is one.</summary>
    Ptb,

    /// <summary>C4 as they score it: the first 1100 documents joined by single spaces, of which the first 256 windows.</summary>
    C4,

    /// <summary>Ready token ids: every row alone, with nothing added.</summary>
    Ids,
}
