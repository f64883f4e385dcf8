using Sparsum.Core;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Generation.Processors;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

public class TokenSamplerTests
{
    // Probabilities 0.1, 0.4, 0.2, 0.3.
    private static readonly float[] Logits = [.. new[] { 0.1, 0.4, 0.2, 0.3 }.Select(p => (float)Math.Log(p))];

    [Fact]
    public void Draws_follow_the_softmax() => AssertShares(new SamplingOptions { Seed = 5 }, [0.1, 0.4, 0.2, 0.3]);

    [Fact]
    public void Temperature_sharpens()
    {
        // Squares 1, 16, 4, 9 of 30.
        AssertShares(new SamplingOptions { Temperature = 0.5 }, [1 / 30.0, 16 / 30.0, 4 / 30.0, 9 / 30.0]);
    }

    [Fact]
    public void Top_k_keeps_the_likeliest() => AssertShares(new SamplingOptions { TopK = 2 }, [0, 4 / 7.0, 0, 3 / 7.0]);

    [Fact]
    public void Top_p_keeps_the_smallest_set_that_reaches_it()
    {
        AssertShares(new SamplingOptions { TopP = 0.65 }, [0, 4 / 7.0, 0, 3 / 7.0]);
        AssertShares(new SamplingOptions { TopP = 0.75 }, [0, 4 / 9.0, 2 / 9.0, 3 / 9.0]);
        AssertShares(new SamplingOptions { TopP = 0.01 }, [0, 1, 0, 0]);
    }

    [Fact]
    public void Top_p_counts_what_top_k_leaves()
    {
        // Of 4/9, 3/9, 2/9 the first two have 7/9 = 0.78.
        AssertShares(new SamplingOptions { TopK = 3, TopP = 0.75 }, [0, 4 / 7.0, 0, 3 / 7.0]);
    }

    [Theory]
    [InlineData(2, 1.0)]
    [InlineData(0, 0.5)]
    public void Of_equals_the_lower_ids_stay(int topK, double topP)
    {
        var sampler = new TokenSampler(new SamplingOptions { TopK = topK, TopP = topP }, 0);
        var seen = Enumerable.Range(0, 200).Select(_ => sampler.Next([1, 1, 1, 1])).ToHashSet();
        Assert.Equal([0, 1], seen.Order());
    }

    [Fact]
    public void Excluded_tokens_are_never_drawn()
    {
        var sampler = new TokenSampler(new SamplingOptions(), 0);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(1, sampler.Next([float.NegativeInfinity, 3, float.NegativeInfinity])));
    }

    [Fact]
    public void Streams_differ_and_repeat()
    {
        int[] Draw(ulong seed, ulong stream)
        {
            var sampler = new TokenSampler(new SamplingOptions { Seed = seed }, stream);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(Logits))];
        }

        Assert.Equal(Draw(1, 0), Draw(1, 0));
        Assert.NotEqual(Draw(1, 0), Draw(1, 1));
        Assert.NotEqual(Draw(1, 0), Draw(2, 0));
    }

    [Fact]
    public void The_penalty_lowers_tokens_that_are_there()
    {
        var chooser = new TokenChooser(new GenerationOptions { RepetitionPenalty = 2 }, 1);
        Assert.Equal(1, chooser.Choose(0, [3, 2, -1], History([0])));
        Assert.Equal(0, chooser.Choose(0, [3, 1.4f, -1], History([0, 0])));
        Assert.Equal(2, chooser.Choose(0, [-9, -2, -3], History([1])));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_not_finite_stop_the_run(float bad)
    {
        var chooser = new TokenChooser(new GenerationOptions(), 1);
        Assert.Equal("non-finite-logits", Assert.Throws<RunFailedException>(() => chooser.Choose(0, [1, bad], History([]))).Code);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = 0 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopK = -1 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopP = double.NaN }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { MaxNewTokens = 0 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { RepetitionPenalty = 0 }.Validate());
    }

    private static TokenHistory History(int[] tokens) => new(tokens, 0, tokens, tokens.Length);

    private static void AssertShares(SamplingOptions options, double[] expected)
    {
        const int Draws = 20_000;
        var sampler = new TokenSampler(options, 0);
        var counts = new int[expected.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Next(Logits)]++;
        }

        for (int i = 0; i < expected.Length; i++)
        {
            // Five standard deviations of a share; a token that a filter removes must not occur at all.
            double tolerance = 5 * Math.Sqrt(expected[i] * (1 - expected[i]) / Draws);
            Assert.True(Math.Abs(expected[i] - ((double)counts[i] / Draws)) <= tolerance, $"token {i}: {counts[i]} of {Draws}");
        }
    }
}
