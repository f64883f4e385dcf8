using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Vocabularies small enough to encode by hand.</summary>
public class HandMadeTests
{
    [Fact]
    public void ScoresOrderTheJoinsOfBytePairs()
    {
        var tokenizer = Open("bpe");

        // "▁aab": ab (-1) joins before aa (-3), and ▁ and a make no piece.
        Assert.Equal([1, 259, 260, 262], tokenizer.Encode("aab"));
        Assert.Equal([1, 263, 263], tokenizer.Encode("ab ab"));
        Assert.Equal("ab ab", tokenizer.Decode([263, 263]));
    }

    [Fact]
    public void CharactersOutsideTheVocabularyBecomeBytes()
    {
        var tokenizer = Open("bpe");
        Assert.Equal([259, 3 + 0xC3, 3 + 0xA9], tokenizer.Encode("é", addSpecialTokens: false));
        Assert.Equal("é", tokenizer.Decode([259, 3 + 0xC3, 3 + 0xA9]));
        Assert.Equal("\uFFFD", tokenizer.Decode([259, 3 + 0xC3]));
    }

    [Fact]
    public void UnigramFindsTheMostProbablePath()
    {
        var tokenizer = Open("unigram");

        // "▁abcd": abc d costs 10.5, ab cd only 6, although abc is the longer match.
        Assert.Equal([3, 6, 9, 1], tokenizer.Encode("  abcd "));
        Assert.Equal("abcd", tokenizer.Decode([3, 6, 9]));

        // A run outside the vocabulary is one unknown token.
        Assert.Equal([3, 2, 6, 1], tokenizer.Encode("xyzab"));
    }

    [Fact]
    public void SentinelsCountDownFromTheEnd()
    {
        var tokenizer = Open("unigram");
        Assert.Equal(111, tokenizer.VocabularySize);
        Assert.Equal([3, 6, 110, 3, 9, 11, 1], tokenizer.Encode("ab <extra_id_0> cd <extra_id_99>"));
        Assert.Equal([3, 6, 1], tokenizer.Encode("ab</s>"));
    }

    [Fact]
    public void ByteLevelMergesByRank()
    {
        var tokenizer = Open("byte-level");
        Assert.Equal([257, 259, 258], tokenizer.Encode("low lower"));
        Assert.Equal("low lower", tokenizer.Decode([257, 259, 258]));
        Assert.Equal([257, 260, 257], tokenizer.Encode("low<|endoftext|>low"));
        Assert.Equal("lowlow", tokenizer.Decode([257, 260, 257], skipSpecialTokens: true));
        Assert.Equal(260, tokenizer.EndId);
    }

    [Fact]
    public void TokenizerJsonPutsItsTemplateAroundTexts()
    {
        var tokenizer = Open("json");
        Assert.Equal([260, 257, 259, 258], tokenizer.Encode("low lower"));
        var pair = tokenizer.EncodePair("low", "low");
        Assert.Equal([260, 257, 260, 257], pair.Ids);
        Assert.Equal([0, 0, 1, 1], pair.TypeIds);

        // Form C: e and an acute accent are one character of two bytes.
        Assert.Equal([0xC3, 0xA9], tokenizer.Encode("e\u0301", addSpecialTokens: false));
    }

    [Fact]
    public void WordPiecesAreLongestFirst()
    {
        var tokenizer = Open("wordpiece");
        Assert.Equal([2, 5, 6, 7, 8, 9, 3], tokenizer.Encode("Unaffable, RUNNING"));
        Assert.Equal([2, 10, 1, 10, 4, 3], tokenizer.Encode("好unaffy好[MASK]"));
        Assert.Equal("unaffable , running", tokenizer.Decode([2, 5, 6, 7, 8, 9, 3], skipSpecialTokens: true));
        Assert.Null(tokenizer.BeginId);
    }

    [Theory]
    [InlineData(Truncation.LongestFirst, 7, new[] { 2, 9, 9, 3, 8, 8, 3 })]
    [InlineData(Truncation.OnlyFirst, 7, new[] { 2, 9, 3, 8, 8, 8, 3 })]
    [InlineData(Truncation.OnlySecond, 8, new[] { 2, 9, 9, 9, 9, 3, 8, 3 })]
    [InlineData(Truncation.OnlySecond, 6, new[] { 2, 9, 9, 9, 9, 3, 8, 8, 8, 3 })]
    public void TruncationTakesFromTheRightText(Truncation truncation, int maxLength, int[] expected)
    {
        var encoded = Open("wordpiece").EncodePair("running running running running", ", , ,", maxLength, truncation);
        Assert.Equal(expected, encoded.Ids);
        Assert.Equal(expected.Length, encoded.TypeIds.Length);
    }

    [Fact]
    public void BatchesAreFilledOnEitherSide()
    {
        EncodedText[] texts = [new([5, 6, 7], [0, 0, 1]), new([8], [0])];
        var right = BatchEncoding.Pad(texts, padId: 9);
        Assert.Equal([5, 6, 7, 8, 9, 9], right.Ids);
        Assert.Equal([1, 1, 1, 1, 0, 0], right.AttentionMask);
        var left = BatchEncoding.Pad(texts, padId: 9, PaddingSide.Left, length: 4);
        Assert.Equal([9, 5, 6, 7, 9, 9, 9, 8], left.Ids);
        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0], left.TypeIds);
        Assert.Equal([0, 1, 1, 1, 0, 0, 0, 1], left.AttentionMask);
    }

    [Fact]
    public void StreamsHoldIncompleteCharactersBack()
    {
        var tokenizer = Open("bpe");
        var stream = new TokenStream(tokenizer);
        int[] ids = tokenizer.Encode("ab 😀 ab");
        string[] pieces = [.. ids.Select(stream.Push), stream.Finish()];
        Assert.Equal("ab 😀 ab", string.Concat(pieces));
        Assert.DoesNotContain(pieces, piece => piece.Contains('\uFFFD', StringComparison.Ordinal));

        var cut = new TokenStream(tokenizer);
        Assert.Equal("", cut.Push(3 + 0xC3));
        Assert.Equal("\uFFFD", cut.Finish());
    }

    [Fact]
    public void IdsOutsideTheVocabularyAreRefused()
    {
        Assert.All(Fixtures.Names, name => Assert.Throws<ArgumentOutOfRangeException>(() => Open(name).Decode([int.MaxValue])));
        Assert.All(Fixtures.Names, name => Assert.Throws<ArgumentOutOfRangeException>(() => Open(name).Decode([-1])));
    }

    private static ITokenizer Open(string name)
    {
        using var folder = Fixtures.Open(name);
        return Tokenizer.Open(folder.Root);
    }
}
