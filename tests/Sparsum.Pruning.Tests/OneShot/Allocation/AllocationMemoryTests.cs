using Sparsum.Pruning.OneShot;
using Sparsum.RandomModel;
using Sparsum.Tensors.Memory;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>
/// What an allocation is expected to need against what it takes. Counts native memory of the whole process, so nothing may run beside it.
/// </summary>
[Collection(nameof(MemoryTests))]
public sealed class AllocationMemoryTests
{
    public static TheoryData<string, string, string[]> Runs => new()
    {
        { "neuronal", "wanda", ["neuronal.samples=4", "neuronal.block-lambdas=0.1,0.2", "neuronal.row-lambdas=0,0.1"] },
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
        using var model = new TestModel(
            new RandomLlama { Blocks = 3, Hidden = 96, Intermediate = 256, Vocabulary = 3000 }, samples: 5, tokens: 256);
        var options = model.Options with
        {
            Allocation = allocation,
            Method = method,
            Settings = settings.Select(text => text.Split('=')).ToDictionary(pair => pair[0], pair => pair[1] == "IDS" ? model.Ids : pair[1]),
        };
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = NativeBuffer.LiveBytes;
        long peak = 0;

        var result = model.Prune(options, progress: report =>
            peak = report.Phase == PrunePhase.Allocate ? Math.Max(peak, NativeBuffer.LiveBytes - before) : peak);

        long expected = result.Memory.AllocationBytes;
        Assert.InRange(peak, expected / 2, expected);
    }
}
