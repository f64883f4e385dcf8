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

        // Pairs: 2, 1, 0.5, 3.
        Assert.Equal((1.5, 0.5, 3), (result.Ratio, result.MinRatio, result.MaxRatio));
        Assert.Equal(7, LatencyResult.Median([9, 7, 1]));
    }
}
