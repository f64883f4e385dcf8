using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.RandomModel;
using Sparsum.Tensors.Memory;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Counts native memory of the whole process, so nothing may run beside it.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests
{
    [Theory]
    [InlineData("wanda")]
    [InlineData("magnitude")]
    [InlineData("sparsegpt")]
    public void Peak_does_not_grow_with_the_number_of_blocks(string method)
    {
        var (few, estimate) = Peak(method, blocks: 2);
        var (many, _) = Peak(method, blocks: 12);

        Assert.Equal(few, many);
        Assert.InRange(many, estimate.BlockBytes, estimate.PeakBytes + (1 << 16));
    }

    [Theory]
    [InlineData("wanda")]
    [InlineData("sparsegpt")]
    public void Experts_are_planned_with_the_tokens_that_pass_them(string method)
    {
        var (peak, estimate) = Peak(method, blocks: 2, experts: 8);

        Assert.InRange(peak, estimate.BlockBytes, estimate.PeakBytes - estimate.RuntimeBytes);
        Assert.True(estimate.ActivationBytes < Peak(method, blocks: 2, experts: 0).Estimate.ActivationBytes * 3, "as if every token passed every expert");
    }

    [Fact]
    public void Layers_that_are_left_out_are_planned_with_what_they_compute()
    {
        using var model = new TestModel();
        var whole = model.Prune(output: model.At("whole")).Memory;

        var part = model.Prune(model.Options with { Layers = new LayerSelection { Exclude = ["*.self_attn.*"] } }).Memory;

        Assert.Equal(whole.ActivationBytes, part.ActivationBytes);
    }

    [Fact]
    public void Nothing_stays_allocated()
    {
        long before = LiveBytes();
        using var model = new TestModel();

        model.Prune();
        Assert.ThrowsAny<Exception>(() => model.Prune(output: model.At("other"), progress: report =>
        {
            if (report.Phase == PrunePhase.Write)
            {
                throw new InvalidTimeZoneException();
            }
        }));

        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    /// <summary>What is alive once the finalisers of forgotten buffers have run.</summary>
    private static long LiveBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return NativeBuffer.LiveBytes;
    }

    private static (long Peak, MemoryEstimate Estimate) Peak(string method, int blocks, int experts = 0)
    {
        using var model = new TestModel(new RandomLlama { Blocks = blocks, Hidden = 64, Intermediate = 128, Experts = experts }, samples: 2, tokens: 40);
        long before = LiveBytes();
        long peak = 0;
        var result = model.Prune(model.Options with { Method = Named.Method(method) }, progress: _ => peak = Math.Max(peak, NativeBuffer.LiveBytes - before));
        return (peak, result.Memory);
    }
}
