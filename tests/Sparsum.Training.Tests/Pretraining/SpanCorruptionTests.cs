using Sparsum.Core;
using Sparsum.Training.Data;
using Sparsum.Training.Pretraining;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Training.Tests.Pretraining;

public class SpanCorruptionTests
{
    private static readonly SentinelTokenizer Tokenizer = new();

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(10, 2, 1)]
    [InlineData(100, 15, 5)]
    [InlineData(568, 85, 28)]
    public void Source_and_target_put_together_are_the_text(int length, int taken, int spans)
    {
        var example = Text(length);
        var varied = new SpanCorruption(Tokenizer, new SpanOptions { Seed = 3 }).Vary(example, 4, 2);
        var (source, target) = (varied.InputIds, varied.Target!);

        // The reference takes round(0.15 n) tokens in round(that / 3) spans, rounded to even; both sides end with the end token.
        Assert.Equal(length - taken + spans + 1, source.Length);
        Assert.Equal(taken + spans + 1, target.Length);
        Assert.Equal((1, 1), (source[^1], target[^1]));
        Assert.Equal(Enumerable.Range(0, spans).Select(SentinelTokenizer.Sentinel), source.Where(SentinelTokenizer.IsSentinel));
        Assert.Equal(source.Where(SentinelTokenizer.IsSentinel), target.Where(SentinelTokenizer.IsSentinel));

        // A text begins with what stays and ends with a span.
        Assert.False(SentinelTokenizer.IsSentinel(source[0]));
        Assert.True(SentinelTokenizer.IsSentinel(source[^2]));
        Assert.True(SentinelTokenizer.IsSentinel(target[0]));
        var restored = new List<int>();
        foreach (int token in source[..^1])
        {
            if (SentinelTokenizer.IsSentinel(token))
            {
                restored.AddRange(target.SkipWhile(other => other != token).Skip(1).TakeWhile(other => !SentinelTokenizer.IsSentinel(other) && other != 1));
            }
            else
            {
                restored.Add(token);
            }
        }

        Assert.Equal(example.InputIds, restored);
    }

    [Fact]
    public void Depends_on_seed_epoch_and_example_alone_and_differs_between_them()
    {
        var example = Text(100);
        int[] first = Vary(3, 7, 2);

        Assert.Equal(first, Vary(3, 7, 2));
        Assert.NotEqual(first, Vary(4, 7, 2));
        Assert.NotEqual(first, Vary(3, 8, 2));
        Assert.NotEqual(first, Vary(3, 7, 3));

        int[] Vary(ulong seed, int index, int epoch) => new SpanCorruption(Tokenizer, new SpanOptions { Seed = seed }).Vary(example, index, epoch).InputIds;
    }

    [Fact]
    public void Every_way_to_divide_a_text_comes_alike()
    {
        // Of 14 tokens 2 go, in one span: it may begin behind 12 kept ones alone. Of 20 tokens 3 go; two spans of them are 1 + 2 or 2 + 1.
        var options = new SpanOptions { MeanLength = 1.5 };
        int first = Enumerable.Range(0, 400).Count(index => new SpanCorruption(Tokenizer, options).Vary(Text(20), index, 0).Target is [_, _, var third, ..]
            && SentinelTokenizer.IsSentinel(third));
        Assert.InRange(first, 150, 250);
    }

    [Theory]
    [InlineData(512, 568)]
    [InlineData(128, 141)]
    public void Texts_fill_a_source_of_the_wanted_length(int sourceLength, int expected)
    {
        var corruption = new SpanCorruption(Tokenizer, new SpanOptions());
        int length = corruption.TextLength(sourceLength);

        Assert.Equal(expected, length);
        Assert.InRange(corruption.Vary(Text(length), 0, 0).InputIds.Length, sourceLength - 1, sourceLength);
        Assert.True(corruption.Vary(Text(length + 1), 0, 0).InputIds.Length > sourceLength);
    }

    [Fact]
    public void A_tokenizer_without_sentinels_is_refused() => Assert.Equal(
        "missing-special-token",
        Assert.Throws<InvalidInputException>(() => new SpanCorruption(new PlainTokenizer(isBert: false), new SpanOptions())).Code);

    private static TrainingExample Text(int length) => new([.. Enumerable.Range(10, length)]) { Target = [1] };

    /// <summary>A hundred sentinels above all else.</summary>
    private sealed class SentinelTokenizer : ITokenizer
    {
        private const int First = 5000;

        public int VocabularySize => First + 100;

        public int? BeginId => null;

        public int? EndId => 1;

        public int? PadId => 0;

        public IReadOnlySet<int> SpecialIds { get; } = Enumerable.Range(First, 100).Append(0).Append(1).ToHashSet();

        public static int Sentinel(int number) => First + 99 - number;

        public static bool IsSentinel(int token) => token >= First;

        public int[] Encode(string text, bool addSpecialTokens = true) =>
            Enumerable.Range(0, 100).Where(number => text == $"<extra_id_{number}>").Select(Sentinel).ToArray() is [var one] ? [one] : [7, 8];

        public EncodedText EncodePair(string first, string? second, int? maxLength = null, Truncation truncation = Truncation.LongestFirst) =>
            throw new NotSupportedException();

        public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => throw new NotSupportedException();
    }
}
