using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>The special tokens that a tokenizer puts around a text by default.</summary>
/// <param name="Before">Ids in front.</param>
/// <param name="After">Ids at the end.</param>
public sealed record SpecialTokens(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>Finds them by encoding a short text with and without.</summary>
    public static SpecialTokens Of(ITokenizer tokenizer)
    {
        const string Probe = "a";
        var bare = tokenizer.Encode(Probe, addSpecialTokens: false);
        var full = tokenizer.Encode(Probe);
        int start = full.AsSpan().IndexOf(bare);
        return start < 0 ? new SpecialTokens([], []) : new SpecialTokens(full[..start], full[(start + bare.Length)..]);
    }

    /// <inheritdoc/>
    public override string ToString() => (Before.Count, After.Count) switch
    {
        (0, 0) => "none",
        (_, 0) => $"{string.Join(' ', Before)} in front",
        (0, _) => $"{string.Join(' ', After)} at the end",
        _ => $"{string.Join(' ', Before)} in front, {string.Join(' ', After)} at the end",
    };
}
