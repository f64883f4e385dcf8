namespace Sparsum.Transformers.Generation.Processors;

/// <summary>What a row has before its next token.</summary>
/// <param name="tokens">Its tokens, the prompt included, padding left out.</param>
/// <param name="newTokens">How many of them were added.</param>
/// <param name="source">The encoder's tokens of this row; the prompt where there is no encoder.</param>
/// <param name="length">Length of the row with its padding.</param>
internal readonly ref struct TokenHistory(ReadOnlySpan<int> tokens, int newTokens, ReadOnlySpan<int> source, int length)
{
    /// <summary>The row's tokens, the prompt included, padding left out.</summary>
    public ReadOnlySpan<int> Tokens { get; } = tokens;

    /// <summary>How many tokens were added.</summary>
    public int NewTokens { get; } = newTokens;

    /// <summary>The encoder's tokens; the prompt where there is no encoder.</summary>
    public ReadOnlySpan<int> Source { get; } = source;

    /// <summary>Length of the row with its padding: what the reference compares lengths with.</summary>
    public int Length { get; } = length;

    /// <summary>Length of the prompt with its padding.</summary>
    public int PromptLength => Length - NewTokens;
}
