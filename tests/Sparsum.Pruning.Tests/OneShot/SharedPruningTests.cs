using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Pruning.Tests.Compaction;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Several processes against one. Sequences of each length are a batch, and batches are what processes share.</summary>
public sealed class SharedPruningTests
{
    private static readonly int[] Lengths = [9, 4, 16, 4, 7, 12, 9, 5];

    public static TheoryData<string, string, string?, string, int> Runs => new()
    {
        { "llama", "magnitude", null, "uniform", 2 },
        { "llama", "wanda", null, "uniform", 2 },
        { "llama", "wanda", null, "uniform", 3 },
        { "llama", "wanda", null, "uniform", 9 },
        { "llama", "wanda", "dsnot", "uniform", 3 },
        { "llama", "sparsegpt", null, "uniform", 2 },
        { "llama", "multiflow", null, "uniform", 3 },
        { "llama", "wanda", null, "owl", 2 },
        { "llama", "multiflow", null, "alphapruning", 2 },
        { "llama", "wanda", null, "neuronal", 3 },
        { "llama", "sparsegpt", null, "neuronal", 2 },
        { "mixtral", "sparsegpt", null, "uniform", 3 },
        { "bert", "wanda", null, "neuronal", 2 },
        { "t5", "sparsegpt", null, "uniform", 2 },
        { "t5", "wanda", null, "neuronal", 3 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void Processes_prune_what_one_does(string family, string method, string? refinement, string allocation, int size)
    {
        using var model = Create(family);
        var options = Options(model, method, refinement, allocation);
        var expected = model.Prune(options, output: model.At("alone"));

        var results = Prune(model, options, size);

        foreach (var result in results)
        {
            Assert.Equal(expected.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Zeros), result.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Zeros));
            Assert.Equal(
                expected.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Tokens), result.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Tokens));
        }

        AssertSame(model.At("alone"), model.Output);
        Assert.False(Directory.Exists(model.Work));
    }

    [Theory]
    [InlineData("wanda", "uniform", PrunePhase.Write, 1, 2)]
    [InlineData("sparsegpt", "uniform", PrunePhase.Propagate, 3, 1)]
    [InlineData("wanda", "neuronal", PrunePhase.Allocate, 1, 3)]
    [InlineData("wanda", "neuronal", PrunePhase.Allocate, 3, 2)]
    [InlineData("wanda", "neuronal", PrunePhase.Prune, 2, 1)]
    public void A_run_in_which_a_process_dies_goes_on_in_any_number(string method, string allocation, PrunePhase phase, int before, int after)
    {
        using var model = Create("llama");
        var options = Options(model, method, null, allocation);
        model.Prune(options, output: model.At("alone"));
        Assert.ThrowsAny<Exception>(() => Prune(model, options, Math.Max(2, before), ExistingOutput.Refuse, group => new Dies(phase, block: 1, isLast: group.Rank == group.Size - 1)));
        Assert.True(Directory.Exists(model.Work));

        var results = Prune(model, options, after, ExistingOutput.Resume);

        Assert.All(results, result => Assert.Equal(phase == PrunePhase.Allocate ? 0 : 1, result.ResumedBlocks));
        AssertSame(model.At("alone"), model.Output);
        Assert.All(Prune(model, options, 2, ExistingOutput.Resume), result => Assert.True(result.WasComplete));
    }

    [Theory]
    [InlineData("besa")]
    [InlineData("dsa")]
    [InlineData("search")]
    [InlineData("progression")]
    public void Allocations_of_which_each_process_would_do_all_are_refused(string allocation)
    {
        using var model = Create("llama");

        var error = Assert.Throws<InvalidInputException>(() => Prune(model, model.Options with { Allocation = Named.Allocation(allocation) }, 2));

        Assert.Equal(("not-shared", "allocation"), (error.Code, error.Option));
        Assert.Contains(allocation, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(model.Output));
    }

    [Fact]
    public void Processes_with_other_data_are_refused()
    {
        using var model = Create("llama");
        string other = model.At("other.json");
        File.WriteAllText(other, UnevenSequences.Json([9, 4, 16]));

        var error = Assert.Throws<InvalidInputException>(() => ThreadGroup.Run(2, group => Prune(
            model, model.Options with { Calibration = model.Options.Calibration! with { File = group.IsFirst ? model.Ids : other } }, group)));

        Assert.Equal("processes-differ", error.Code);
        Assert.Contains("process 1 of 2 has another model, data and options", error.Found, StringComparison.Ordinal);
        Assert.False(Directory.Exists(model.Output) || Directory.Exists(model.Work));
    }

    [Fact]
    public void A_plan_that_leaves_no_room_for_what_is_exchanged_is_refused()
    {
        using var model = Create("llama");
        using var backend = new CpuBackend(1);
        long alone = 0;
        new BlockwisePruner(backend) { Planned = plan => alone = plan.Memory.PeakBytes }.Run(model.Input, model.At("alone"), model.Options);

        var error = Assert.Throws<InvalidInputException>(() => ThreadGroup.Run(2, group =>
        {
            using var own = new CpuBackend(1);
            return new BlockwisePruner(own) { Group = group, MaxMemoryBytes = alone }.Run(model.Input, model.Output, model.Options);
        }));

        Assert.Equal("too-little-memory", error.Code);
    }

    private static TestModel Create(string family) => new(
        family switch
        {
            "bert" => TinyConfigs.Bert,
            "t5" => TinyConfigs.T5,
            "mixtral" => (MixtralConfig)MaskedModels.Of("mixtral") with { VocabSize = 256 },
            _ => TinyConfigs.Llama with { NumHiddenLayers = 3 },
        },
        UnevenSequences.Json(Lengths, hasTargets: family == "t5"));

    private static PruneOptions Options(TestModel model, string method, string? refinement, string allocation)
    {
        var options = model.Options with { Method = Named.Method(method), Refinement = Named.Refinement(refinement), Allocation = Named.Allocation(allocation) };
        if (!PruneTask.NeedsCalibration(options))
        {
            return options with { Calibration = null };
        }

        return allocation == "neuronal" ? options.Set("neuronal.samples=8", "neuronal.block-lambdas=0.05,0.1", "neuronal.row-lambdas=0,0.1") : options;
    }

    private static PruneResult[] Prune(
        TestModel model, PruneOptions options, int size, ExistingOutput existing = ExistingOutput.Refuse, Func<ProcessGroup, IProgress<PruneProgress>>? progress = null) =>
        ThreadGroup.Run(size, group => Prune(model, options, group, existing, progress?.Invoke(group)));

    private static PruneResult Prune(
        TestModel model, PruneOptions options, ProcessGroup group, ExistingOutput existing = ExistingOutput.Refuse, IProgress<PruneProgress>? progress = null)
    {
        using var backend = new CpuBackend(1);
        return new BlockwisePruner(backend) { Group = group }.Run(model.Input, model.Output, options, existing, progress);
    }

    /// <summary>The same masks, and values up to what the order of sums changes.</summary>
    private static void AssertSame(string expected, string actual)
    {
        Assert.Equal(Folders.Names(expected), Folders.Names(actual));
        using var one = PretrainedModel.Open(expected);
        using var other = PretrainedModel.Open(actual);
        one.LoadAll();
        other.LoadAll();
        foreach (var (first, second) in one.Model.Parameters.Zip(other.Model.Parameters))
        {
            Assert.Equal(first.Value.ToArray().Select(value => value == 0), second.Value.ToArray().Select(value => value == 0));
            Numbers.AssertClose(first.Value.Span, second.Value.Span, 1e-5, first.Name);
        }
    }

    /// <summary>Ends the run of one process as if it were killed.</summary>
    private sealed class Dies(PrunePhase phase, int block, bool isLast) : IProgress<PruneProgress>
    {
        public void Report(PruneProgress value)
        {
            // Only the first process writes.
            if ((isLast || phase == PrunePhase.Write) && value.Phase == phase && value.Block == block)
            {
                throw new InvalidTimeZoneException();
            }
        }
    }
}
