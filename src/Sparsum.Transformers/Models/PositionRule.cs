namespace Sparsum.Transformers.Models;

/// <summary>How positions follow from a batch when none are given.</summary>
public enum PositionRule
{
    /// <summary>0, 1, 2, … in every row, padding included.</summary>
    Sequential,

    /// <summary>
    /// Running count of the attention mask less one, and -1 at padding (OPT); the position table is looked up at position + 2.
    /// </summary>
    MaskCount,

    /// <summary>Running count of the tokens that are not the padding token less one, and -1 at padding tokens (RoBERTa).</summary>
    TokenCount,
}
