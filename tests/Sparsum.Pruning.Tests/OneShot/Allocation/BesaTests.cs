using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation.Besa;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

public sealed class BesaTests
{
    [Theory]
    [InlineData(40, 27)]
    [InlineData(4096, 2867)]
    public void Candidates_are_single_precision_numbers(int columns, int pruned)
    {
        Assert.Equal(1, BesaCandidates.Values[0]);
        Assert.Equal(0, BesaCandidates.Values[^1]);
        Assert.Equal(0.69999999f, BesaCandidates.Values[30]);
        Assert.Equal(pruned, BesaCandidates.PrunedCounts(columns)[30]);
    }

    [SharedFact("oracle/pruning")]
    public void Candidates_are_those_of_the_reference()
    {
        using var oracle = new AllocationOracle("besa");

        Assert.Equal(oracle.Values("besa.safetensors", "candidates"), BesaCandidates.Values.ToArray());
    }

    [Fact]
    public void With_the_sigmoid_sparsity_cannot_leave_its_range()
    {
        // The extremes: full weight on the upper or the lower candidates, none on the others.
        var extremes = Enumerable.Range(0, BesaCandidates.Count + 1).Select(split => Sparsity(d => d < split ? 1000 : -1000)).ToList();

        Assert.Equal(0.37632, 1 - extremes.Max(), 5e-6);
        Assert.Equal(0.62368, extremes.Max(), 5e-6);
        Assert.Equal(0.37632, Enumerable.Range(0, BesaCandidates.Count + 1).Min(split => Sparsity(d => d < split ? -1000 : 1000)), 5e-6);

        static double Sparsity(Func<int, float> theta)
        {
            double[] beta = new double[BesaCandidates.Count];
            CandidateWeights.Compute([.. Enumerable.Range(0, BesaCandidates.Count).Select(theta)], useSigmoid: true, beta);
            return CandidateWeights.Sparsity(beta);
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void The_gradient_is_that_of_the_soft_mask(bool isRowWise, bool useSigmoid)
    {
        const int Rows = 3, Columns = 24;
        const double Slope = 0.7, Step = 1e-3;
        var weight = new Parameter("layer.weight", Rows, Columns);
        weight.Set(Numbers.Random(1, Rows, Columns));
        using var upstream = Numbers.Random(2, Rows, Columns);
        using var original = weight.Value.Clone();
        using var scores = Numbers.Random(3, Rows, Columns);
        using var layer = new BesaLayer(
            new Linear(weight), (row, values) => Magnitudes(scores.Row(row)).CopyTo(values),
            new BesaLearning { Sparsity = 0.5, IsRowWise = isRowWise, UseSigmoid = useSigmoid }, threads: 2);
        upstream.CopyTo(weight.Gradient!);
        using var start = Numbers.Random(4, layer.ParameterCount);
        float[] theta = start.ToArray();
        float[] gradient = new float[theta.Length];

        layer.Backward(theta, 0, Slope, gradient);

        for (int i = 0; i < theta.Length; i += 7)
        {
            double numeric = (SoftLoss(Changed(theta, i, Step)) - SoftLoss(Changed(theta, i, -Step))) / (2 * Step);
            Assert.Equal(numeric, gradient[i], 1e-5);
        }

        // The loss that straight-through pretends to have: every weight times the probability that it is kept, and the penalty's slope.
        double SoftLoss(double[] parameters)
        {
            double loss = 0;
            for (int row = 0; row < Rows; row++)
            {
                double[] beta = Softmax(parameters.AsSpan(isRowWise ? row * BesaCandidates.Count : 0, BesaCandidates.Count), useSigmoid);
                float[] magnitudes = Magnitudes(scores.Row(row));
                int[] order = [.. Enumerable.Range(0, Columns).OrderBy(c => magnitudes[c])];
                for (int k = 0; k < Columns; k++)
                {
                    double kept = 1;
                    for (int d = 0; d < beta.Length; d++)
                    {
                        kept -= k < (int)Math.Floor(Columns * (double)BesaCandidates.Values[d]) ? beta[d] : 0;
                    }

                    loss += upstream.Row(row)[order[k]] * original.Row(row)[order[k]] * kept;
                }

                loss += Slope / Rows * beta.Select((value, d) => value * BesaCandidates.Values[d]).Sum();
            }

            return loss;
        }
    }

    [Fact]
    public void Weights_come_back_when_fewer_are_pruned()
    {
        var weight = new Parameter("layer.weight", 1, 4);
        weight.Set(Tensor.From([3f, -1f, 4f, 2f], 1, 4));
        using var layer = new BesaLayer(
            new Linear(weight), (_, values) => ((float[])[3, 1, 4, 2]).CopyTo(values), new BesaLearning { Sparsity = 0.5 }, threads: 1);

        layer.Mask([0.75f]);
        Assert.Equal([0f, 0f, 4f, 0f], weight.Value.ToArray());
        layer.Mask([0.5f]);
        Assert.Equal([3f, 0f, 4f, 0f], weight.Value.ToArray());
    }

    [Fact]
    public void Targets_make_the_mask_rules_prune_just_the_learned_numbers()
    {
        // Every number of 40 columns, with a row that loses all and without, on scores that are all equal.
        int[] counts = [.. Enumerable.Range(0, 41)];
        foreach (int[] rows in (int[][])[counts, counts[..40]])
        {
            var scores = new LayerScores("layer", rows.Length, 40, (_, values) => values.Fill(1), threads: 1);
            var target = BesaTargets.ForRows(40, rows);

            Assert.Equal(rows, Masking.Select(MaskRules.For(Granularity.Row, target), scores, target.Ratio).Select(Count));
        }

        foreach (int count in counts[..40])
        {
            var scores = new LayerScores("layer", 1, 40, (_, values) => values.Fill(1), threads: 1);
            foreach (double sparsity in (double[])[count / 40.0, Math.BitDecrement(count / 40.0)])
            {
                var target = BesaTargets.ForLayer(40, count, Math.Max(0, sparsity));

                Assert.Equal(count, Count(Masking.Select(MaskRules.For(Granularity.Row, target), scores, target.Ratio)[0]));
            }
        }

        static int Count(bool[] mask) => mask.Count(pruned => pruned);
    }

    [Theory]
    [InlineData("row", 1)]
    [InlineData("row", 3)]
    [InlineData("layer", 2)]
    public void A_run_reaches_what_it_was_asked_for_when_it_is_to_be_exact(string granularity, int threads)
    {
        using var model = new TestModel();

        var result = model.Prune(Options(model, ("granularity", granularity), ("exact", "true")), threads: threads);

        foreach (var block in result.Blocks)
        {
            Assert.Equal(Math.Round(0.6 * block.Layers.Sum(layer => layer.Elements)), block.Layers.Sum(layer => layer.Zeros));
        }
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        using var model = new TestModel();
        model.Prune(Options(model), output: model.At("one"), threads: 1);
        model.Prune(Options(model), output: model.At("three"), threads: 3);

        Assert.Equal(Folders.Hashes(model.At("one")), Folders.Hashes(model.At("three")));
    }

    [Theory]
    [InlineData("block", 0, false)]
    [InlineData("block", 1, true)]
    [InlineData("dense", 2, false)]
    public void An_interrupted_run_goes_on_behind_its_last_finished_block(string reference, int block, bool isCrash)
    {
        using var model = new TestModel();
        var options = Options(model, ("reference", reference));
        model.Prune(options, output: model.At("whole"));
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<Exception>(() => model.Prune(options, progress: Stop, cancellationToken: cancellation.Token));

        int first = int.MaxValue;
        model.Prune(options, ExistingOutput.Resume, value =>
            first = value.Phase == PrunePhase.Allocate ? Math.Min(first, value.Block) : first);

        Assert.Equal(block, first);
        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));

        void Stop(PruneProgress value)
        {
            if (value.Phase == PrunePhase.Allocate && value.Block == block && value.TokensDone == 1)
            {
                if (isCrash)
                {
                    throw new InvalidOperationException("The power went out.");
                }

                cancellation.Cancel();
            }
        }
    }

    [Theory]
    [InlineData("invalid-setting", "epochs", "0")]
    [InlineData("invalid-setting", "granularity", "block")]
    [InlineData("invalid-setting", "sigmoid", "maybe")]
    [InlineData("invalid-setting", "d-coefficient", "0")]
    public void Settings_without_meaning_are_refused(string code, string name, string value)
    {
        using var model = new TestModel();

        Assert.Equal(code, Assert.Throws<InvalidInputException>(() => model.Prune(Options(model, (name, value)))).Code);
    }

    [Fact]
    public void Patterns_are_refused()
    {
        using var model = new TestModel();

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model) with { Pattern = new NmPattern(2, 4) }));
        Assert.Equal("conflicting-options", error.Code);
        error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model) with { BlockRows = 4 }));
        Assert.Equal("block-rows", error.Option);
    }

    private static PruneOptions Options(TestModel model, params (string Name, string Value)[] settings) => (model.Options with
    {
        Allocation = Named.Allocation("besa"),
    }).Set(settings.Select(setting => $"besa.{setting.Name}={setting.Value}"));

    private static float[] Magnitudes(ReadOnlySpan<float> values) => [.. values.ToArray().Select(Math.Abs)];

    private static double[] Changed(float[] theta, int index, double step)
    {
        double[] changed = [.. theta.Select(value => (double)value)];
        changed[index] += step;
        return changed;
    }

    private static double[] Softmax(ReadOnlySpan<double> theta, bool useSigmoid)
    {
        double[] powers = [.. theta.ToArray().Select(x => Math.Exp(useSigmoid ? 1 / (1 + Math.Exp(-x)) : x))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
