using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>One id per character, with fixed ids around the text.</summary>
internal sealed class LetterTokenizer(int[] before, int[] after) : ITokenizer
{
    public int VocabularySize => 256;

    public int? BeginId => before.Length == 0 ? null : before[0];

    public int? EndId => after.Length == 0 ? null : after[^1];

    public int? PadId => null;

    public IReadOnlySet<int> SpecialIds => new HashSet<int>([.. before, .. after]);

    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        int[] letters = [.. text.Select(letter => (int)letter)];
        return addSpecialTokens ? [.. before, .. letters, .. after] : letters;
    }

    public EncodedText EncodePair(string first, string? second, int? maxLength = null, Truncation truncation = Truncation.LongestFirst) =>
        throw new NotSupportedException();

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => throw new NotSupportedException();
}
