using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.RandomModel;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The search as a part of runs: resume, options, patterns, blocks of rows, zeros that are there before.</summary>
public sealed class NeuronAlRunTests
{
    internal static readonly RandomLlama Shape = new() { Blocks = 3, ShardBytes = 20_000 };

    public static TheoryData<int, bool> Interruptions
    {
        get
        {
            var data = new TheoryData<int, bool>();
            for (int report = 1; report < 60; report += 7)
            {
                data.Add(report, report % 2 == 0);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Interruptions))]
    public void An_interrupted_search_continues_to_the_same_bytes(int report, bool isCrash)
    {
        using var model = new TestModel(Shape, samples: 3);
        var options = Options(model, ("neuronal.perplexity", model.Ids));
        model.Prune(options, output: model.At("whole"));

        Interrupt(model, options, report, isCrash);
        Assert.False(Directory.Exists(model.Output));
        Assert.True(Directory.Exists(model.Work));
        model.Prune(options, ExistingOutput.Resume);

        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
        Assert.False(Directory.Exists(model.Work));
    }

    [Fact]
    public void A_resumed_search_does_not_repeat_finished_blocks()
    {
        using var model = new TestModel(Shape, samples: 3);
        var options = Options(model);
        int all = CountReports(model, options, ExistingOutput.Refuse);
        Directory.Delete(model.Output, recursive: true);

        Interrupt(model, options, all - 3, isCrash: true);

        Assert.InRange(CountReports(model, options, ExistingOutput.Resume), 1, all / 4);
    }

    [Fact]
    public void Threads_do_not_change_a_byte()
    {
        using var model = new TestModel(Shape, samples: 3);
        var options = Options(model);

        model.Prune(options, output: model.At("one"), threads: 1);
        model.Prune(options, output: model.At("three"), threads: 3);

        Assert.Equal(Folders.Hashes(model.At("one")), Folders.Hashes(model.At("three")));
    }

    [Fact]
    public void The_global_reference_sees_what_the_local_one_cannot()
    {
        using var model = new TestModel(Shape, samples: 3);

        var local = model.Prune(Options(model, ("neuronal.step", "row")), output: model.At("local")).Allocation!;
        var global = model.Prune(
            Options(model, ("neuronal.step", "row"), ("neuronal.dense-reference", "global")), output: model.At("global")).Allocation!;

        // Locally the rows of a down projection have no signal; in the last block no layer has one.
        Assert.Equal(0, Range(local, 6));
        Assert.True(Range(global, 6) > 0);
        Assert.True(Range(local, 5) > 0);
        Assert.All(Enumerable.Range(14, 7), place => Assert.Equal(0, Range(global, place)));

        static double Range(JsonObject report, int place) =>
            (double)report["layers"]![place]!["mostRowRatio"]! - (double)report["layers"]![place]!["leastRowRatio"]!;
    }

    [Fact]
    public void Rounding_down_what_goes_makes_the_row_step_at_zero_the_block_step()
    {
        using var model = new TestModel(Shape, samples: 3);
        var block = Options(model, ("neuronal.step", "block"));
        var rows = Options(model, ("neuronal.row-lambdas", "0"), ("neuronal.row-rounding", "floor-pruned"));

        model.Prune(block, output: model.At("block"));
        model.Prune(rows, output: model.At("rows"));

        Assert.Equal(
            Folders.Hashes(model.At("block")).Where(file => file.Key != BlockwisePruner.ResultFileName),
            Folders.Hashes(model.At("rows")).Where(file => file.Key != BlockwisePruner.ResultFileName));
    }

    [Fact]
    public void Half_precision_states_take_half_the_memory_and_change_little()
    {
        using var model = new TestModel(Shape, samples: 3);

        var full = model.Prune(Options(model), output: model.At("full")).Allocation!;
        var half = model.Prune(Options(model, ("neuronal.hidden-states", "bfloat16")), output: model.At("half")).Allocation!;

        foreach (var (wanted, found) in full["blockCandidates"]!.AsArray().Zip(half["blockCandidates"]!.AsArray()))
        {
            double metric = (double)wanted!["metric"]!;
            Assert.NotEqual(metric, (double)found!["metric"]!);
            Assert.Equal(metric, (double)found["metric"]!, 0.02 * metric);
        }
    }

    [Theory]
    [InlineData("base", 0)]
    [InlineData("query", 1)]
    [InlineData("literal", 3)]
    public void Rows_of_shared_heads_follow_the_chosen_rule(string rule, int varying)
    {
        using var model = new TestModel(Shape with { KeyValueHeads = 2 }, samples: 3);

        var report = model.Prune(Options(model, ("neuronal.grouped-heads", rule), ("neuronal.row-lambdas", "0.1"))).Allocation!;

        Assert.Equal(varying, report["layers"]!.AsArray().Take(3).Count(layer => (double)layer!["mostRowRatio"]! > (double)layer["leastRowRatio"]!));
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 8)]
    [InlineData(5, 8)]
    public void Patterns_vary_and_meet_the_target_exactly(int prunedPerGroup, int groupSize)
    {
        using var model = new TestModel(Shape with { Blocks = 4 }, samples: 3);
        var pattern = new NmPattern(prunedPerGroup, groupSize);

        var result = model.Prune(Options(model, ("neuronal.block-lambdas", "0.1,0.2")) with { Pattern = pattern });

        Assert.Equal(pattern.Sparsity, result.Sparsity);
        Assert.True(result.Blocks[0].Sparsity < result.Blocks[3].Sparsity);
        Assert.Equal("block", (string)result.Allocation!["step"]!);
        using var pruned = PretrainedModel.Open(model.Output);
        pruned.LoadAll();
        foreach (var (linear, entry) in pruned.Model.Blocks.SelectMany(block => block.Linears).Zip(result.Allocation["layers"]!.AsArray()))
        {
            int zeros = NmPattern.Parse((string)entry!["pattern"]!).PrunedPerGroup;
            Assert.All(linear.Weight.Value.ToArray().Chunk(groupSize), group => Assert.Equal(zeros, group.Count(weight => weight == 0)));
        }
    }

    [Fact]
    public void Blocks_of_rows_share_zeros_and_ratios()
    {
        using var model = new TestModel(Shape, samples: 3);

        var result = model.Prune(Options(model) with { BlockRows = 4 });

        Assert.Equal("both", (string)result.Allocation!["step"]!);
        using var pruned = PretrainedModel.Open(model.Output);
        pruned.LoadAll();
        foreach (var linear in pruned.Model.Blocks.SelectMany(block => block.Linears))
        {
            for (int row = 0; row < linear.OutputSize; row++)
            {
                Assert.Equal(Zeros(linear.Weight.Value.Row(row / 4 * 4)), Zeros(linear.Weight.Value.Row(row)));
            }
        }

        static int[] Zeros(Span<float> row) => [.. row.ToArray().Index().Where(entry => entry.Item == 0).Select(entry => entry.Index)];
    }

    [Theory]
    [InlineData("encoder", "wanda", null)]
    [InlineData("two stacks", "wanda", null)]
    [InlineData("two stacks", "sparsegpt", null)]
    [InlineData("decoder", "magnitude", "dsnot")]
    [InlineData("two stacks", "wanda", "dsnot")]
    public void Every_kind_of_model_and_method_is_searched(string kind, string method, string? refinement)
    {
        const string Sources = """ "input_ids": [[5, 60, 7, 8], [12, 13, 14, 0], [15, 16, 17, 18]], "attention_mask": [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1]] """;
        const string Targets = """ "decoder_input_ids": [[9, 31, 32], [9, 33, 34], [9, 36, 0]], "decoder_attention_mask": [[1, 1, 1], [1, 1, 1], [1, 1, 0]] """;
        using var model = kind switch
        {
            "encoder" => new TestModel(TinyConfigs.Bert, $$"""{ {{Sources}} }"""),
            "two stacks" => new TestModel(TinyConfigs.T5, $$"""{ {{Sources}}, {{Targets}} }"""),
            _ => new TestModel(Shape, samples: 3),
        };
        var options = Options(model) with { Method = Named.Method(method), Refinement = Named.Refinement(refinement) };
        if (method == "sparsegpt")
        {
            options = options.Set("neuronal.sparsegpt-profile=harmonic");
        }

        var result = model.Prune(options, output: model.At("whole"));
        Interrupt(model, options, 20, isCrash: true);
        model.Prune(options, ExistingOutput.Resume);

        Assert.InRange(result.Sparsity, 0.62, 0.78);
        var report = result.Allocation!;
        Assert.Equal(method == "sparsegpt" ? "block" : "both", (string)report["step"]!);
        Assert.All(report["blockCandidates"]!.AsArray(), candidate => Assert.True((double)candidate!["metric"]! > 0));
        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
    }

    [Fact]
    public void Perplexities_are_reported_for_every_candidate()
    {
        using var model = new TestModel(Shape, samples: 3);

        var report = model.Prune(Options(model, ("neuronal.perplexity", model.Ids))).Allocation!;

        foreach (string step in (string[])["blockCandidates", "rowCandidates"])
        {
            Assert.All(report[step]!.AsArray(), candidate => Assert.InRange((double)candidate!["perplexity"]!, 1, 1000));
        }
    }

    internal static PruneOptions Options(TestModel model, params (string Name, string Value)[] settings)
    {
        var given = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["neuronal.samples"] = "2",
            ["neuronal.block-lambdas"] = "0.05,0.1,0.2",
            ["neuronal.row-lambdas"] = "0,0.1",
        };
        foreach (var (name, value) in settings)
        {
            given[name] = value;
        }

        if (given.GetValueOrDefault("neuronal.step") == "block")
        {
            given.Remove("neuronal.row-lambdas");
        }

        return (model.Options with { Sparsity = 0.7, Allocation = Named.Allocation("neuronal") }).Set(given);
    }

    private static int CountReports(TestModel model, PruneOptions options, ExistingOutput existing)
    {
        int count = 0;
        model.Prune(options, existing, report => count += report.Phase == PrunePhase.Allocate ? 1 : 0);
        return count;
    }

    /// <summary>Stops a run at one of its reports from the search.</summary>
    private static void Interrupt(TestModel model, PruneOptions options, int at, bool isCrash)
    {
        using var cancellation = new CancellationTokenSource();
        int count = 0;
        Assert.ThrowsAny<Exception>(() => model.Prune(
            options,
            progress: report =>
            {
                if (report.Phase == PrunePhase.Allocate && ++count == at)
                {
                    if (isCrash)
                    {
                        throw new InvalidTimeZoneException();
                    }

                    cancellation.Cancel();
                }
            },
            cancellationToken: cancellation.Token));
        Assert.True(count >= at);
    }
}
