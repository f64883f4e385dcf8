using Sparsum.Core;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Evaluation.Tests.Fakes;
using Sparsum.Evaluation.Texts;
using Sparsum.Tensors.Backends.Reference;
using Xunit;

namespace Sparsum.Evaluation.Tests.Perplexity;

/// <summary>Every expected figure is worked out by hand from a table of powers of two.</summary>
public sealed class PerplexityProtocolTests
{
    /// <summary>P(a|begin) = 1/2, P(b|begin) = 1/16, P(b|a) = 1/4, P(a|b) = 1/8; each row is filled up to 1.</summary>
    private static readonly double[][] Table =
    [
        [0.25, 0.5, 0.0625, 0.0625, 0.0625, 0.0625],
        [0.25, 0.25, 0.25, 0.125, 0.0625, 0.0625],
        [0.25, 0.125, 0.25, 0.125, 0.125, 0.125],
        [0.25, 0.25, 0.125, 0.125, 0.125, 0.125],
        [0.25, 0.25, 0.125, 0.125, 0.125, 0.125],
        [0.25, 0.25, 0.125, 0.125, 0.125, 0.125],
    ];

    [Fact]
    public void DocumentsAreScoredAloneWithBeginInFront()
    {
        var result = Measure(["aba", "b"], true, new PerplexityOptions());

        // begin-a-b-a: 1 + 2 + 3 bits, begin-b: 4 bits, over four predictions.
        Assert.Equal(Math.Pow(2, 10.0 / 4), result.Perplexity, 1e-5);
        Assert.Equal(4, result.Tokens);
        Assert.Equal((2, 2, 0), (result.Sequences, result.Documents, result.Skipped));
        Assert.Equal(PerplexityProtocol.Documents, result.Protocol);
        Assert.Equal([0], result.SpecialTokens.Before);
    }

    [Fact]
    public void DocumentsWithNothingToPredictAreSkippedAndCounted()
    {
        var result = Measure(["aba", "b", ""], false, new PerplexityOptions());
        Assert.Equal(Math.Pow(2, 5.0 / 2), result.Perplexity, 1e-5);
        Assert.Equal((1, 3, 2), (result.Sequences, result.Documents, result.Skipped));
    }

    [Fact]
    public void DocumentsAreCutAtTheWindow()
    {
        var result = Measure(["aba"], true, new PerplexityOptions { Window = 3 });
        Assert.Equal(Math.Pow(2, 3.0 / 2), result.Perplexity, 1e-5);
        Assert.Equal(1, result.DroppedTokens);
    }

    [Fact]
    public void JoinedTextHasOneBeginAndDropsTheTail()
    {
        // begin a | b a | b: 1 bit and 3 bits; the last b is dropped.
        var options = new PerplexityOptions { Protocol = PerplexityProtocol.Joined, Separator = "", Window = 2 };
        var result = Measure(["ab", "ab"], true, options);
        Assert.Equal(4, result.Perplexity, 1e-5);
        Assert.Equal((2, 2, 1), (result.Sequences, result.Tokens, result.DroppedTokens));
    }

    [Fact]
    public void JoinedTextHasTheSeparatorBetweenDocuments()
    {
        // begin a . . b: separator letters are id 5, so the first window of 2 is begin-a and the second is 5-5 with P = 1/8.
        var options = new PerplexityOptions { Protocol = PerplexityProtocol.Joined, Separator = "--", Window = 2 };
        var result = Measure(["a", "b"], true, options);
        Assert.Equal(Math.Pow(2, (1 + 3) / 2.0), result.Perplexity, 1e-5);
    }

    [Fact]
    public void ConcatenatedDocumentsEachHaveTheirBegin()
    {
        // begin a | b begin | a b: 1, 2 and 2 bits.
        var result = Measure(["ab", "ab"], true, new PerplexityOptions { Protocol = PerplexityProtocol.Concatenated, Window = 2 });
        Assert.Equal(Math.Pow(2, 5.0 / 3), result.Perplexity, 1e-5);
        Assert.Equal(0, result.DroppedTokens);
    }

    [Fact]
    public void RangeChoosesDocumentsFirstAndLastIncluded()
    {
        var result = Measure(["b", "aba", "a", "b"], true, new PerplexityOptions { FirstDocument = 1, LastDocument = 2 });
        Assert.Equal(Math.Pow(2, 7.0 / 4), result.Perplexity, 1e-5);
        Assert.Equal(2, result.Documents);
    }

    [Fact]
    public void PlainTextIsJoinedByDefault()
    {
        using var file = new TemporaryFile(".txt", "abab");
        var text = TokenizedText.Create(TextFile.Read(file.Path), new LetterTokenizer(true), 2, new PerplexityOptions());
        Assert.Equal(PerplexityProtocol.Joined, text.Options.Protocol);
        Assert.Equal([[0, 1], [2, 1]], text.Sequences);

        // Printed by sha256sum for the four bytes "abab".
        Assert.Equal("a667282675f4876021d392aa6592f39dabf718748c4b738563cb9d5dc8f21f24", text.DataSha256);
    }

    [Theory]
    [InlineData(1, 0, null, "window-out-of-range")]
    [InlineData(65, 0, null, "window-out-of-range")]
    [InlineData(8, 2, null, "documents-out-of-range")]
    [InlineData(8, 1, 0, "documents-out-of-range")]
    [InlineData(8, 0, 2, "documents-out-of-range")]
    public void OptionsOutOfRangeAreTypedErrors(int window, int first, int? last, string code)
    {
        var options = new PerplexityOptions { Window = window, FirstDocument = first, LastDocument = last };
        var error = Assert.Throws<InvalidInputException>(() => Measure(["ab", "ab"], true, options));
        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void TextShorterThanAWindowIsATypedError()
    {
        var options = new PerplexityOptions { Protocol = PerplexityProtocol.Concatenated, Window = 9 };
        var error = Assert.Throws<InvalidInputException>(() => Measure(["ab"], true, options));
        Assert.Equal("text-too-short", error.Code);
        Assert.Equal("3 tokens", error.Found);
    }

    private static PerplexityResult Measure(string[] documents, bool addsBegin, PerplexityOptions options)
    {
        using var file = TemporaryFile.JsonLines(documents);
        using var model = FakeModels.Bigram(Table);
        using var backend = new ReferenceBackend();
        var text = TokenizedText.Create(TextFile.Read(file.Path), new LetterTokenizer(addsBegin), model.MaxPositions, options);
        return PerplexityEvaluator.Measure(model, text, backend);
    }
}
