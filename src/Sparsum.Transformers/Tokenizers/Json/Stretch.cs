namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>A part of a normalised text on its way through the pre-tokenizers.</summary>
/// <param name="Text">The text it lies in.</param>
/// <param name="Start">Index of its first character.</param>
/// <param name="Length">Number of UTF-16 units.</param>
/// <param name="IsFirst">Whether the whole input begins here.</param>
internal readonly record struct Stretch(string Text, int Start, int Length, bool IsFirst)
{
    /// <summary>A text of its own.</summary>
    public Stretch(string text, bool isFirst)
        : this(text, 0, text.Length, isFirst)
    {
    }

    /// <summary>Its characters.</summary>
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    /// <summary>A part of it.</summary>
    public Stretch Slice(int start, int length) => new(Text, Start + start, length, IsFirst && start == 0);

    /// <summary>With a text in front.</summary>
    public Stretch Prepend(string prefix) => new(string.Concat(prefix, Span), IsFirst);
}
