using Sparsum.Tensors.Memory;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Counts native memory of the whole process, so nothing may run beside it.</summary>
[Collection(nameof(MemoryTests))]
public sealed class NeuronAlMemoryTests
{
    [Fact]
    public void Memory_does_not_grow_with_the_number_of_blocks()
    {
        Assert.Equal(Peak(2), Peak(9));

        static long Peak(int blocks)
        {
            using var model = new TestModel(NeuronAlRunTests.Shape with { Blocks = blocks, Hidden = 64, Intermediate = 128 }, samples: 3, tokens: 40);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long before = NativeBuffer.LiveBytes;
            long peak = 0;
            model.Prune(NeuronAlRunTests.Options(model), progress: _ => peak = Math.Max(peak, NativeBuffer.LiveBytes - before));
            return peak;
        }
    }
}
