using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Tests.Pretraining;

/// <summary>One token per letter from 10 on (a = 10), with BERT's or GPT-2's special tokens.</summary>
internal sealed class PlainTokenizer(bool isBert) : ITokenizer
{
    public int VocabularySize => 36;

    public int? BeginId => isBert ? null : 0;

    public int? EndId => isBert ? null : 0;

    public int? PadId => 1;

    public int? ClassId => isBert ? 2 : null;

    public int? SeparatorId => isBert ? 3 : null;

    public int? MaskId => isBert ? 4 : null;

    public IReadOnlySet<int> SpecialIds { get; } = new HashSet<int> { 0, 1, 2, 3, 4 };

    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        int[] ids = [.. text.Where(char.IsLetter).Select(letter => 10 + (letter - 'a'))];
        return !addSpecialTokens ? ids : isBert ? [2, .. ids, 3] : [0, .. ids];
    }

    public EncodedText EncodePair(string first, string? second, int? maxLength = null, Truncation truncation = Truncation.LongestFirst) =>
        throw new NotSupportedException();

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => throw new NotSupportedException();
}
