using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Refinement.Dsnot;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>DSnoT against an example worked out by hand and the published code.</summary>
public sealed class DsnotTests
{
    private static readonly double[] Weights = [0.9, -0.4, 0.3, -0.7, 0.2, 0.6, -0.1, 0.5, -0.8, 0.35, -0.25, 0.45];
    private static readonly double[] Sums = [1, 2, -1.5, 0.5, 3, -2, 1, 0.25, -1, 2, 1, -0.5];
    private static readonly double[] Norms = [2, 2.5, 2, 1, 3.5, 2.5, 1.5, 0.5, 2, 2.2, 1.2, 1];
    private static readonly double[] Variances = [1, 0.5, 2, 1, 0.8, 1, 0.5, 0.2, 1, 1, 0.4, 0.5];

    [Theory]
    [InlineData(false, new[] { 1, 2, 3, 4, 6, 9 }, -0.4)]
    [InlineData(true, new[] { 2, 3, 4, 6, 7, 11 }, -0.4)]
    public void The_worked_example(bool sameSign, int[] expected, double error)
    {
        bool[] mask = Mask(2, 3, 6, 7, 10, 11);
        bool[] published = Mask(2, 3, 6, 7, 10, 11);
        Assert.Equal(-1.25, Row(mask, sameSign).Error(), 1e-12);

        RowExchange.Refine(Row(mask, sameSign), cycles: 3);
        PublishedExchange.Refine(Row(published, sameSign), cycles: 3, stopsAtOnce: true);

        Assert.Equal(expected, Marked(mask));
        Assert.Equal(error, Row(mask, sameSign).Error(), 1e-12);
        Assert.Equal(expected, Marked(published));
    }

    [Theory]
    [InlineData(0, 0.1, new[] { 2, 3, 6, 7, 10, 11 })]
    [InlineData(1, 0.1, new[] { 2, 3, 4, 6, 7, 11 })]
    [InlineData(50, 1.3, new[] { 2, 3, 6, 7, 10, 11 })]
    [InlineData(50, 0.5, new[] { 2, 3, 4, 6, 7, 11 })]
    public void Cycles_and_threshold_end_a_row(int cycles, double threshold, int[] expected)
    {
        bool[] mask = Mask(2, 3, 6, 7, 10, 11);

        RowExchange.Refine(Row(mask, sameSign: false, threshold), cycles);

        Assert.Equal(expected, Marked(mask));
    }

    [Fact]
    public void A_row_that_runs_out_of_candidates_keeps_its_sparsity()
    {
        // The error is negative and stays so: two weights can be restored for it, and after that there is none.
        double[] contributions = [-3, -2, 1, 0.5, 0.25, 0, -1];
        bool[] mask = [true, true, true, false, false, false, false];
        var row = new DsnotRow
        {
            Contributions = contributions,
            Pruned = mask,
            Spreads = Enumerable.Repeat(1.0, 7).ToArray(),
            Importance = [0, 0, 0, 3, 2, 1, 1],
            InitialScores = [],
            Pattern = null,
            Threshold = 0.01,
            SameSign = false,
        };

        RowExchange.Refine(row, cycles: 50);

        // -4: restore 0, prune 4; -0.75: restore 1, prune 3; 1.75: restore 2, prune 6; -0.25: nothing negative is left.
        Assert.Equal([3, 4, 6], Marked(mask));
    }

    [Fact]
    public void A_pattern_exchanges_within_its_groups()
    {
        double[] contributions = [-2, 1, 3, 0.5, -1.5, 2, 0.5, -1];
        bool[] mask = [true, true, false, false, true, true, false, false];
        var row = new DsnotRow
        {
            Contributions = contributions,
            Pruned = mask,
            Spreads = Enumerable.Repeat(1.0, 8).ToArray(),
            Importance = new double[8],
            InitialScores = [1, 2, 4, 3, 1, 2, 3, 4],
            Pattern = new NmPattern(2, 4),
            Threshold = 0.01,
            SameSign = true,
        };

        // -0.5: restoring 0 for 3 leads to 2, another sign, and is refused.
        RowExchange.Refine(row, cycles: 50);
        Assert.Equal([0, 1, 4, 5], Marked(mask));

        // -3.5: restore 0 for 3, -1; restore 4 for 6, 1, which is refused.
        contributions[1] = -2;
        RowExchange.Refine(row, cycles: 50);
        Assert.Equal([1, 3, 4, 5], Marked(mask));
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("neuroal-repo.dsnot-wanda.0.6.c20")]
    [InlineData("neuroal-repo.dsnot-magnitude.0.6.c20")]
    [InlineData("neuroal-repo.dsnot-multiflow.0.6.c20")]
    [InlineData("neuroal-repo.dsnot-wanda.0.6.c20.samesign")]
    [InlineData("neuroal-repo.dsnot-wanda.0.6.c20.thr2")]
    [InlineData("neuroal-repo.dsnot-wanda.2:4")]
    public void Rows_that_run_out_of_nothing_are_those_of_the_published_code(string name)
    {
        var oracle = Oracle.Open("wide_a");
        using var temporary = new TemporaryFolder();
        using var backend = new CpuBackend(1);
        var options = ReferenceOptions.Of(name, oracle, temporary);

        new BlockwisePruner(backend).Run(oracle.Folder, temporary["out"], options.Set("dsnot.compatible=false"));

        using var pruned = PretrainedModel.Open(temporary["out"]);
        pruned.LoadAll();
        var masks = oracle.Masks(name);
        int compared = 0;
        foreach (var linear in pruned.Model.Blocks[0].Linears)
        {
            string layer = Oracle.NameOf(pruned.Model.Blocks[0], linear);
            int[] odd = oracle.ExhaustedRows(name, layer);
            foreach (var (row, expected) in masks[layer].Chunk(linear.InputSize).Index().Where(entry => !odd.Contains(entry.Index)))
            {
                Assert.Equal(expected, linear.Weight.Value.Row(row).ToArray().Select(weight => weight == 0));
                compared++;
            }
        }

        Assert.True(compared > 700);
    }

    [Theory]
    [InlineData("magnitude")]
    [InlineData("wanda")]
    [InlineData("multiflow")]
    [InlineData("sparsegpt")]
    public void Every_method_can_be_refined_and_only_attention_changes(string method)
    {
        using var model = new TestModel();
        var options = model.Options with { Method = Named.Method(method), Refinement = Named.Refinement("dsnot") };

        var refined = model.Prune(options);
        var initial = model.Prune(options.Set("dsnot.cycles=0"), output: model.At("initial"));

        Assert.Equal(initial.Blocks[0].Layers.Select(layer => layer.Zeros), refined.Blocks[0].Layers.Select(layer => layer.Zeros));
        using var first = Load(model.Output);
        using var second = Load(model.At("initial"));
        var (one, two) = (first.Model.Blocks[0], second.Model.Blocks[0]);
        Assert.All(one.FeedForward.Linears.Zip(two.FeedForward.Linears), pair => Assert.Equal(Values(pair.First), Values(pair.Second)));
        Assert.Contains(one.Attention.Linears.Zip(two.Attention.Linears), pair => !Values(pair.First).SequenceEqual(Values(pair.Second)));

        static float[] Values(Sparsum.Transformers.Layers.Linear linear) => linear.Weight.Value.ToArray();

        static PretrainedModel Load(string folder)
        {
            var pretrained = PretrainedModel.Open(folder);
            pretrained.LoadAll();
            return pretrained;
        }
    }

    [Fact]
    public void The_published_failure_names_layer_and_row()
    {
        using var model = new TestModel();
        var refinement = new DsnotRefinement(new DsnotOptions { Compatible = true, Threshold = 0, Cycles = 60 });

        var error = Assert.Throws<RunFailedException>(() => model.Prune(model.Options with { Refinement = refinement }));

        Assert.Equal("exhausted-candidates", error.Code);
        Assert.Contains("layers.0", error.Message, StringComparison.Ordinal);
        Assert.Contains("row ", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void The_threshold_is_meant_for_2048_tokens()
    {
        Assert.Equal(0.1 / 32, new DsnotOptions().ThresholdFor(64), 1e-15);
        Assert.Equal(0.1, new DsnotOptions { ScaleThreshold = false }.ThresholdFor(64));
    }

    private static DsnotRow Row(bool[] mask, bool sameSign, double threshold = 0.1) => new()
    {
        Contributions = Weights.Zip(Sums, (weight, sum) => weight * sum).ToArray(),
        Pruned = mask,
        Spreads = Variances,
        Importance = Weights.Zip(Norms, (weight, norm) => Math.Abs(weight) * norm).ToArray(),
        InitialScores = [],
        Pattern = null,
        Threshold = threshold,
        SameSign = sameSign,
    };

    private static bool[] Mask(params int[] pruned) => [.. Enumerable.Range(0, Weights.Length).Select(pruned.Contains)];

    private static int[] Marked(bool[] mask) => [.. mask.Index().Where(entry => entry.Item).Select(entry => entry.Index)];
}
