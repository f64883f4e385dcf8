using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Memory;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

/// <summary>What counts the memory of the process runs while nothing else does.</summary>
[CollectionDefinition(nameof(EachPromptMemoryTests), DisableParallelization = true)]
[Collection(nameof(EachPromptMemoryTests))]
public sealed class EachPromptMemoryTests : IDisposable
{
    // One thread: with more, a thread may get its first piece of some operation, and with it scratch memory that stays, in any run.
    private readonly CpuBackend backend = new(1);

    public void Dispose() => backend.Dispose();

    [Fact]
    public void Memory_is_given_back_also_when_a_run_is_cancelled()
    {
        using var model = RandomInitialization.Create(SmallModels.T5, 3);
        using var source = new CancellationTokenSource();
        Run(default);
        long before = NativeBuffer.LiveBytes;
        Run(default);
        Assert.Throws<OperationCanceledException>(() => Run(source.Token));
        Assert.Equal(before, NativeBuffer.LiveBytes);

        void Run(CancellationToken token)
        {
            using var computation = new Computation(backend);
            int steps = 0;
            new Generator(model, computation).GenerateEach(
                [[5, 6, 7], [4, 5, 6, 7, 8, 9, 10, 11, 12], [9, 8, 7, 6, 5]],
                new GenerationOptions { MaxNewTokens = 6, NumBeams = 3 },
                2,
                _ =>
                {
                    if (++steps == 5 && token.CanBeCanceled)
                    {
                        source.Cancel();
                    }
                },
                token);
        }
    }

    [Theory]
    [InlineData(StorageType.Float32, 1)]
    [InlineData(StorageType.BFloat16, 0.5)]
    [InlineData(StorageType.Int8, (64 + 4) / 256.0)]
    public void A_cache_takes_its_share_of_the_memory_of_float32(StorageType storage, double share)
    {
        using var model = (CausalLanguageModel)RandomInitialization.Create(SmallModels.Llama with { HiddenSize = 256 }, 3);
        long before = NativeBuffer.LiveBytes;
        using var cache = model.CreateCache(3, 100, storage);
        long bytes = (long)(share * 3 * 100 * 2 * 64 * sizeof(float) * 2 * model.Blocks.Count);
        Assert.Equal(bytes, NativeBuffer.LiveBytes - before);
        Assert.Equal(bytes, cache.ByteCount);
    }
}
