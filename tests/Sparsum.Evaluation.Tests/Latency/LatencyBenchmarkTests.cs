using Sparsum.Core;
using Sparsum.Evaluation.Latency;
using Sparsum.Evaluation.Tests.Fakes;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Evaluation.Tests.Latency;

public sealed class LatencyBenchmarkTests
{
    [Theory]
    [InlineData(LatencyKind.Prefill)]
    [InlineData(LatencyKind.Decode)]
    public void EveryModelIsTimedInEveryRound(LatencyKind kind)
    {
        using var backend = new ReferenceBackend();
        using var first = Loaded(blocks: 1);
        using var second = Loaded(blocks: 2);
        var options = new LatencyOptions { Kind = kind, Batch = 2, Length = 5, Runs = 3, WarmUp = 1 };
        var reports = new List<LatencyProgress>();
        var progress = new CallbackProgress<LatencyProgress>(reports.Add);
        var results = LatencyBenchmark.Measure(
            [new("one", first), new("two", second)], options, backend, TimeProvider.System, progress);

        Assert.Equal(["one", "two"], results.Select(result => result.Name));
        Assert.All(results, result => Assert.Equal(3, result.Milliseconds.Count));
        Assert.Equal((1, 1, 1), (results[0].Ratio, results[0].MinRatio, results[0].MaxRatio));
        Assert.Equal(new LatencyProgress(4, 4), reports[^1]);
        int tokens = kind == LatencyKind.Prefill ? 10 : 2;
        Assert.Equal(tokens * 1000 / results[1].MedianMilliseconds, results[1].TokensPerSecond, 1e-6);
    }

    [Theory]
    [InlineData(LatencyKind.Prefill, 65)]
    [InlineData(LatencyKind.Decode, 61)]
    [InlineData(LatencyKind.Prefill, 0)]
    public void LengthBeyondThePositionsIsATypedError(LatencyKind kind, int length)
    {
        using var backend = new ReferenceBackend();
        using var model = FakeModels.Decoder();
        var options = new LatencyOptions { Kind = kind, Length = length, Runs = 3, WarmUp = 1 };
        var error = Assert.Throws<InvalidInputException>(
            () => LatencyBenchmark.Measure([new("model", model)], options, backend, TimeProvider.System));
        Assert.Equal("length", error.Option);
    }

    private static CausalLanguageModel Loaded(int blocks)
    {
        var model = FakeModels.Decoder(blocks: blocks);
        foreach (var parameter in model.Parameters)
        {
            FakeModels.Load(parameter);
        }

        return model;
    }
}
