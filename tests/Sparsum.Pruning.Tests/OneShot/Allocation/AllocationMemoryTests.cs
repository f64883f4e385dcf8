using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.RandomModel;
using Sparsum.Tensors.Memory;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>
/// What a run and an allocation are expected to need against what they take. Counts native memory of the whole process, so nothing may run beside it.
/// </summary>
[Collection(nameof(MemoryTests))]
public sealed class AllocationMemoryTests
{
    public static TheoryData<string, string, string[]> Runs => new()
    {
        { "neuronal", "wanda", ["neuronal.samples=30", "neuronal.block-lambdas=0.1,0.2", "neuronal.row-lambdas=0,0.1"] },
        {
            "neuronal", "wanda",
            ["neuronal.samples=30", "neuronal.block-lambdas=0.1,0.2", "neuronal.row-lambdas=0,0.1", "neuronal.perplexity=IDS", "neuronal.perplexity-windows=20"]
        },
        {
            "neuronal", "wanda",
            ["neuronal.samples=8", "neuronal.block-lambdas=0.1,0.2", "neuronal.row-lambdas=0,0.1", "neuronal.perplexity=IDS", "neuronal.perplexity-windows=0"]
        },
        { "progression", "wanda", ["progression.lambdas=0,0.1"] },
        { "progression", "sparsegpt", ["progression.lambdas=0,0.1", "progression.samples=60"] },
        { "search", "wanda", ["search.candidates=uniform", "search.rounds=1", "search.descent-steps=0", "search.generations=1", "search.window=256"] },
        { "search", "wanda", ["search.candidates=uniform", "search.descent-steps=2", "search.generations=0", "search.window=256"] },
        { "search", "sparsegpt", ["search.candidates=uniform", "search.rounds=1", "search.descent-steps=0", "search.generations=1", "search.window=256"] },
        { "search", "sparsegpt", ["search.candidates=uniform", "search.descent-steps=2", "search.generations=0", "search.window=256"] },
        { "besa", "wanda", [] },
        { "besa", "wanda", ["besa.exact=true", "besa.reference=dense"] },
        { "besa", "sparsegpt", ["besa.granularity=layer"] },
        { "dsa", "wanda", ["dsa.search=true", "dsa.population=3", "dsa.budget=2", "dsa.fitness=IDS"] },
        { "dsa", "magnitude", ["dsa.search=true", "dsa.population=3", "dsa.budget=2", "dsa.fitness=IDS"] },
        { "dsa", "sparsegpt", ["dsa.search=true", "dsa.population=3", "dsa.budget=2", "dsa.fitness=IDS"] },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void An_allocation_takes_no_more_than_expected_and_not_much_less(string allocation, string method, string[] settings)
    {
        using var model = Create();
        var options = (model.Options with
        {
            Allocation = Named.Allocation(allocation),
            Method = Named.Method(method),
        }).Set(settings.Select(text => text.Replace("IDS", model.Ids, StringComparison.Ordinal)));

        var (peak, memory) = Peak(model, options, PrunePhase.Allocate);

        Assert.InRange(peak, memory.AllocationBytes * 2 / 3, memory.AllocationBytes);
    }

    [Theory]
    [InlineData("wanda", PrunePhase.Observe)]
    [InlineData("sparsegpt", PrunePhase.Prune)]
    public void A_smaller_last_batch_is_counted(string method, PrunePhase phase)
    {
        using var model = Create();

        var (peak, memory) = Peak(model, model.Options with { Method = Named.Method(method) }, phase);

        Assert.InRange(peak, memory.PruningBytes * 2 / 3, memory.PruningBytes);
    }

    /// <summary>So many samples that leaving out a copy of their states would show; seven batches of eight, and one of four.</summary>
    private static TestModel Create() => new(
        new RandomLlama { Blocks = 3, Hidden = 96, Intermediate = 256, Vocabulary = 3000 }, samples: 60, tokens: 256);

    /// <summary>The most that was live in a phase, and what was expected.</summary>
    private static (long Peak, MemoryEstimate Memory) Peak(TestModel model, PruneOptions options, PrunePhase phase)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = NativeBuffer.LiveBytes;
        long peak = 0;
        var result = model.Prune(
            options, progress: report => peak = report.Phase == phase ? Math.Max(peak, NativeBuffer.LiveBytes - before) : peak);
        return (peak, result.Memory);
    }
}
