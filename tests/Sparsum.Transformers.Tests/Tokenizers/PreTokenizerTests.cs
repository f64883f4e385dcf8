using System.Text.RegularExpressions;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>The hand-written splitters agree with the regular expressions they stand for.</summary>
public class PreTokenizerTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    // Dense in what the rules tell apart; no characters whose case or width the two engines see differently.
    private const string Alphabet = "aZstreLldDvm'''  \t\n\r\u00a0\u3000 12½²٣éßж日本-._!\u0301\u200b";

    [Fact]
    public void Gpt2SplitsLikeItsExpression() => AssertSame(new Gpt2PreTokenizer(), Gpt2);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Gpt4SplitsLikeItsExpression(int digits) => AssertSame(
        new Gpt4PreTokenizer(digits),
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1," + digits
            + @"}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+");

    [Fact]
    public void DigitsStandAloneOrInRuns()
    {
        Assert.Equal(["ab", "1", "2", " c"], Split(new DigitPreTokenizer(individual: true), "ab12 c"));
        Assert.Equal(["ab", "12", " c"], Split(new DigitPreTokenizer(individual: false), "ab12 c"));
        var chain = new PreTokenizerSequence(new DigitPreTokenizer(individual: true), new Gpt2PreTokenizer());
        Assert.Equal(["ab", " ", "1", "2", " c"], Split(chain, "ab 12 c"));
    }

    [Fact]
    public void LettersBeyondTheBasicPlaneAreLetters() =>
        Assert.Equal([" \U00010400\U00010428x", "😀"], Split(new Gpt2PreTokenizer(), " \U00010400\U00010428x😀"));

    private static void AssertSame(IPreTokenizer splitter, string pattern)
    {
        var expression = new Regex(pattern, RegexOptions.CultureInvariant);
        var random = new Random(1);
        for (int i = 0; i < 5000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            Assert.Equal(expression.Matches(text).Select(match => match.Value), Split(splitter, text));
        }
    }

    private static List<string> Split(IPreTokenizer splitter, string text)
    {
        var words = new List<string>();
        for (int start = 0; start < text.Length; start += words[^1].Length)
        {
            words.Add(text.Substring(start, splitter.FirstWord(text.AsSpan(start))));
        }

        return words;
    }
}
