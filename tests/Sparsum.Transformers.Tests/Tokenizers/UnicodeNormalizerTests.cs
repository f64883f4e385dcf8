using Sparsum.Transformers.Tokenizers.Unicode;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

public class UnicodeNormalizerTests
{
    // Examples of Unicode Standard Annex 15, tables 1 to 5, and of the Hangul section of chapter 3.
    [Theory]
    [InlineData("\u00C5", "A\u030A", "\u00C5")]
    [InlineData("\u212B", "A\u030A", "\u00C5")]
    [InlineData("\u2126", "\u03A9", "\u03A9")]
    [InlineData("\u1E69", "s\u0323\u0307", "\u1E69")]
    [InlineData("\u1E0B\u0323", "d\u0323\u0307", "\u1E0D\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307")]
    [InlineData("\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E9B\u0323")]
    [InlineData("\uFB01", "\uFB01", "\uFB01")]
    [InlineData("\uD4DB", "\u1111\u1171\u11B6", "\uD4DB")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("a\u0300\u0316b\u0337", "a\u0316\u0300b\u0337", "\u00E0\u0316b\u0337")]
    public void PublishedExamples(string text, string decomposed, string composed)
    {
        Assert.Equal(decomposed, UnicodeNormalizer.Decompose(text));
        Assert.Equal(composed, UnicodeNormalizer.Compose(text));
    }

    [Fact]
    public void FormsAreStableForEveryCharacter()
    {
        for (int code = 0; code <= 0x2FFFF; code++)
        {
            if (code is >= 0xD800 and <= 0xDFFF)
            {
                continue;
            }

            string text = char.ConvertFromUtf32(code);
            string decomposed = UnicodeNormalizer.Decompose(text);
            string composed = UnicodeNormalizer.Compose(text);
            bool stable = decomposed == UnicodeNormalizer.Decompose(decomposed)
                && decomposed == UnicodeNormalizer.Decompose(composed)
                && composed == UnicodeNormalizer.Compose(decomposed);
            Assert.True(stable, $"U+{code:X4}");
        }
    }
}
