namespace Sparsum.Transformers.Tokenizers;

/// <summary>A stretch of a text that is either ordinary or one added token.</summary>
/// <param name="Start">Index of its first character.</param>
/// <param name="Length">Number of UTF-16 units.</param>
/// <param name="Token">The added token, or null for ordinary text.</param>
internal readonly record struct TextPart(int Start, int Length, AddedToken? Token);
