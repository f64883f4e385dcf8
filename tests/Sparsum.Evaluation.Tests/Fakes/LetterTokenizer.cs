using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.Tests.Fakes;

/// <summary>One id per letter: <c>a</c> is 1, <c>b</c> is 2 and so on, anything else 5; optionally 0 in front of a text.</summary>
internal sealed class LetterTokenizer(bool addsBegin) : ITokenizer
{
    public int VocabularySize => 6;

    public int? BeginId => addsBegin ? 0 : null;

    public int? EndId => null;

    public int? PadId => null;

    public IReadOnlySet<int> SpecialIds { get; } = new HashSet<int> { 0 };

    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        var letters = text.Select(letter => letter is >= 'a' and <= 'd' ? letter - 'a' + 1 : 5);
        return [.. addsBegin && addSpecialTokens ? [0] : Array.Empty<int>(), .. letters];
    }

    public EncodedText EncodePair(string first, string? second, int? maxLength = null, Truncation truncation = Truncation.LongestFirst) =>
        throw new NotSupportedException();

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => throw new NotSupportedException();
}
