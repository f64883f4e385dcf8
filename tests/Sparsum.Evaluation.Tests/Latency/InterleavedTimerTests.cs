using Sparsum.Evaluation.Latency;
using Sparsum.Evaluation.Tests.Fakes;
using Xunit;

namespace Sparsum.Evaluation.Tests.Latency;

public sealed class InterleavedTimerTests
{
    [Fact]
    public void ActionsTakeTurnsAndWarmUpIsNotCounted()
    {
        var clock = new ManualClock();
        var order = new List<char>();
        int calls = 0;
        Action[] actions = [() => Run('A', 10), () => Run('B', 100)];

        var samples = InterleavedTimer.Measure(actions, warmUp: 1, rounds: 3, clock, null, CancellationToken.None);

        Assert.Equal("BAABBAAB", string.Concat(order));
        Assert.Equal([13, 16, 17], samples[0]);
        Assert.Equal([104, 105, 108], samples[1]);

        void Run(char name, int milliseconds)
        {
            order.Add(name);
            clock.Advance(milliseconds + ++calls);
        }
    }

    [Fact]
    public void ResultHasMediansAndPairedRatios()
    {
        var result = new LatencyResult("own", [10, 20, 40, 30], [20, 20, 20, 90], tokensPerPass: 50);
        Assert.Equal((25, 10, 40), (result.MedianMilliseconds, result.MinMilliseconds, result.MaxMilliseconds));
        Assert.Equal(2000, result.TokensPerSecond);

        // The medians are 20 and 25; the pairs 2, 1, 0.5, 3 are too few to tell anything.
        Assert.Equal((0.8, 0.5, 3), (result.Ratio, result.MinRatio, result.MaxRatio));
        Assert.Equal((17.5, 32.5), (result.LowerQuartile, result.UpperQuartile));
        Assert.False(result.HasInterval || result.IsDifferent);
        Assert.Equal(7, PairedRatio.Median([9, 7, 1]));
    }

    [Fact]
    public void DifferencesInsideTheNoiseAreNone()
    {
        double[] ones = [.. Enumerable.Repeat(1.0, 10)];

        // 8 of 10 rounds faster is no proof, 9 of 10 is: the sign test's tails are 5.5 and 1.1 %.
        Assert.False(new LatencyResult("own", [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.1, 1.1], ones, 1).IsDifferent);
        var faster = new LatencyResult("own", [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.1], ones, 1);
        Assert.True(faster.IsDifferent);
        Assert.Equal((2, 2, 2), (faster.Ratio, faster.MinRatio, faster.MaxRatio));
        Assert.Equal([0, 0, 1, 5], ((int[])[5, 6, 10, 20]).Select(PairedRatio.RanksOutside));
        Assert.Equal("X 1", Processor.ParseModelName(["processor : 0", "model name\t: X 1"]));
    }
}
