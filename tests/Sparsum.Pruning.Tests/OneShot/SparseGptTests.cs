using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods.SparseGpt;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Numerics;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>SparseGPT against an example worked out by hand, a plain version in double precision, and the published code.</summary>
public sealed class SparseGptTests
{
    private const double Damping = 0.01;

    public static TheoryData<int, int, int, string, double> Shapes => new()
    {
        // rows, columns, block size, pattern or rows per block, share of weights that are zero already
        { 5, 4, 4, "1", 0 },
        { 37, 300, 128, "1", 0 },
        { 37, 300, 128, "1", 0.3 },
        { 64, 130, 32, "4", 0 },
        { 66, 130, 128, "4", 0.2 },
        { 33, 256, 128, "2:4", 0 },
        { 33, 256, 64, "4:8", 0.3 },
        { 41, 64, 64, "2:4x4", 0.3 },
    };

    [Fact]
    public void The_factor_of_the_worked_example()
    {
        using var example = new WorkedExample();
        var hessian = example.Statistics.Hessian!;
        float[][] expected =
        [
            [0.524432f, 0.222323f, -0.149763f, -0.442362f], [0.647747f, -0.42048f, 0.206878f], [0.805693f, -0.396405f], [0.701431f],
        ];

        Assert.Equal([6, 3, 2, 2], hessian.Diagonal.ToArray());
        Assert.Equal(-1, hessian[0, 1]);
        Assert.Equal(2, hessian[3, 0]);
        AssertFactor(hessian.Invert(Damping));
        Assert.Same(hessian.Invert(Damping), hessian.Invert(Damping));

        // Another damping computes anew from the same matrix.
        Assert.Equal(1 / Math.Sqrt(2 + 3.25), hessian.Invert(1).Row(3)[0], 0.1);
        Assert.NotEqual(expected[3][0], hessian.Invert(1).Row(3)[0], 0.1);
        AssertFactor(hessian.Invert(Damping));

        void AssertFactor(InverseFactor factor)
        {
            for (int i = 0; i < 4; i++)
            {
                Numbers.AssertClose(expected[i], [.. factor.Row(i).ToArray().Select(value => (float)value)], 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(4, false, new[] { 0, -1.211966f, 0, 2.615006f, 1.5f, 0, 0, 0 })]
    [InlineData(2, false, new[] { 0, 0, 0, 2.615006f, 1.5f, 0, 0, 0 })]
    [InlineData(4, true, new[] { 0, -1.211966f, 0, 2.615006f, 1.5f, 0, -0.535086f, 0 })]
    public void The_weights_of_the_worked_example(int blockSize, bool hasPattern, float[] expected)
    {
        using var example = new WorkedExample();
        var target = new LayerTarget(0.5) { Pattern = hasPattern ? new NmPattern(2, 4) : null };

        string? note = new SparseGptPruner(Damping, blockSize, 1).Prune(null!, example.Layer, example.Statistics, target, example.Backend);

        Numbers.AssertClose(expected, example.Layer.Weight.Value.Span, 1e-6);
        Assert.Equal(expected.Select(value => value == 0), example.Layer.Weight.Value.ToArray().Select(value => value == 0));
        Assert.Null(note);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_plain_version_gives_the_same_weights_whatever_the_threads(int rows, int columns, int blockSize, string form, double zeros)
    {
        var (pattern, blockRows) = Form(form);
        float[] weights = RandomWeights(rows, columns, zeros);
        using var inputs = Numbers.Random(3, 2 * columns, columns);
        double[,] expected = PlainSparseGpt.Prune(weights, rows, columns, inputs, Damping, 0.6, pattern, blockSize, blockRows);

        float[] one = Prune(threads: 1);
        float[] three = Prune(threads: 3);

        float[] plain = [.. expected.Cast<double>().Select(value => (float)value)];
        Assert.Equal(plain.Select(value => value == 0), one.Select(value => value == 0));
        Numbers.AssertClose(plain, one, 2e-5 * plain.Max(Math.Abs));
        Assert.Equal(one, three);
        Assert.All(weights.Zip(one), pair => Assert.True(pair.First != 0 || pair.Second == 0));

        float[] Prune(int threads)
        {
            using var backend = new CpuBackend(threads);
            using var observer = new InputObserver(backend, StatisticKinds.Hessian);
            var layer = Layers.Of(weights, rows, columns);
            observer.Observe(layer, inputs);
            new SparseGptPruner(Damping, blockSize, blockRows).Prune(
                null!, layer, observer.StatisticsOf(layer, 2), new LayerTarget(0.6) { Pattern = pattern }, backend);
            return layer.Weight.Value.ToArray();
        }
    }

    [Fact]
    public void Nothing_is_pruned_at_ratio_0()
    {
        using var example = new WorkedExample();
        float[] before = example.Layer.Weight.Value.ToArray();

        new SparseGptPruner(Damping, 128, 1).Prune(null!, example.Layer, example.Statistics, new LayerTarget(0), example.Backend);

        Assert.Equal(before, example.Layer.Weight.Value.ToArray());
    }

    [Fact]
    public void Features_that_are_always_zero_lose_their_weights_and_are_told()
    {
        using var backend = new CpuBackend(1);
        using var observer = new InputObserver(backend, StatisticKinds.Hessian);
        using var inputs = Tensor.From([1, 0, 2, -1, 0, 1, 3, 0, 1], 3, 3);
        var layer = Layers.Of([1, 9, 0.1f, 1, 9, 0.2f], 2, 3);
        observer.Observe(layer, inputs);

        string? note = new SparseGptPruner(Damping, 128, 1).Prune(
            null!, layer, observer.StatisticsOf(layer, 1), new LayerTarget(0.2), backend);

        Assert.Equal("1 of 3 input features were always 0, their weights are pruned", note);
        Assert.Equal([false, true, false, false, true, false], layer.Weight.Value.ToArray().Select(value => value == 0));
    }

    [Fact]
    public void Damping_is_raised_as_far_as_needed_and_told()
    {
        using var matrix = Coupled(1.05);
        var hessian = new InputHessian(matrix, "block.layer", tokens: 100, threads: 1);

        hessian.Invert(0.01);

        Assert.Equal("damping raised from 0.01 to 0.1: the Hessian was not positive definite", hessian.Note);
        Assert.Equal(1.05, hessian[1, 0]);
        hessian.Invert(0.5);
        Assert.Null(hessian.Note);
        hessian.Invert(0);
        Assert.StartsWith("damping raised from 0 to 0.1", hessian.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(double.NaN)]
    public void A_hessian_that_no_damping_helps_names_the_layer(double coupling)
    {
        using var matrix = Coupled(coupling);
        var hessian = new InputHessian(matrix, "block.layer", tokens: 7, threads: 1);

        var error = Assert.Throws<RunFailedException>(() => hessian.Invert(0.01));

        Assert.Equal("singular-hessian", error.Code);
        Assert.Contains("block.layer", error.Message, StringComparison.Ordinal);
        Assert.Contains("7 tokens", error.Found, StringComparison.Ordinal);
        Assert.Contains("more tokens", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_tokens_than_features_are_told_in_the_result()
    {
        using var model = new TestModel(samples: 1, tokens: 6);

        var result = model.Prune(model.Options with { Method = Named.Method("sparsegpt") });

        Assert.All(
            result.Blocks.SelectMany(block => block.Layers),
            layer => Assert.StartsWith($"6 calibration tokens for {layer.Columns} input features", layer.Note, StringComparison.Ordinal));
        Assert.InRange(result.Sparsity, 0.6, 0.62);
    }

    [Fact]
    public void Weights_that_are_no_numbers_name_the_row()
    {
        using var example = new WorkedExample();
        example.Layer.Weight.Value.Row(1)[2] = float.NaN;

        var error = Assert.Throws<RunFailedException>(() => new SparseGptPruner(Damping, 128, 1).Prune(
            null!, example.Layer, example.Statistics, new LayerTarget(0.5), example.Backend));

        Assert.Equal("undefined-score", error.Code);
        Assert.Contains("row 1 of layer", error.Found, StringComparison.Ordinal);
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("wanda-repo.sparsegpt.0.5", 14)]
    [InlineData("wanda-repo.sparsegpt.2:4", 7)]
    public void Updated_weights_are_those_of_the_published_code(string run, int count)
    {
        var oracle = Oracle.Open("llama_a");
        using var temporary = new TemporaryFolder();
        using var backend = ReferenceOptions.BackendFor(run, oracle);
        new BlockwisePruner(backend).Run(oracle.Folder, temporary["out"], ReferenceOptions.Of(run, oracle, temporary));
        using var pruned = PretrainedModel.Open(temporary["out"]);
        pruned.LoadAll();
        int compared = 0;
        foreach (var block in pruned.Model.Blocks)
        {
            foreach (var linear in block.Linears.Where(linear => oracle.HasWeight($"{run}/{Oracle.NameOf(block, linear)}")))
            {
                float[] expected = oracle.Weight($"{run}/{Oracle.NameOf(block, linear)}");
                Numbers.AssertClose(expected, linear.Weight.Value.Span, 5e-4 * expected.Max(Math.Abs), linear.Name);
                compared++;
            }
        }

        Assert.Equal(count, compared);
    }

    private static (NmPattern? Pattern, int BlockRows) Form(string form)
    {
        string[] parts = form.Split('x');
        return parts[0].Contains(':', StringComparison.Ordinal)
            ? (NmPattern.Parse(parts[0]), parts.Length == 1 ? 1 : int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture))
            : (null, int.Parse(form, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static float[] RandomWeights(int rows, int columns, double zeros)
    {
        var random = new Random(rows + columns);
        return [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextDouble() < zeros ? 0 : (random.NextSingle() * 2) - 1)];
    }

    /// <summary>Ones on the diagonal, and two features coupled.</summary>
    private static DoubleMatrix Coupled(double coupling)
    {
        var matrix = new DoubleMatrix(3, 3);
        for (int i = 0; i < 3; i++)
        {
            matrix.Row(i)[i] = 1;
        }

        matrix.Row(1)[0] = coupling;
        return matrix;
    }

    /// <summary>A layer of two rows and two sequences of two tokens.</summary>
    private sealed class WorkedExample : IDisposable
    {
        private readonly InputObserver observer;

        public WorkedExample()
        {
            observer = new InputObserver(Backend, StatisticKinds.Hessian);
            using var first = Tensor.From([1, 0, 1, 0, 0, 1, 1, 1], 2, 4);
            using var second = Tensor.From([2, -1, 0, 1, 1, 1, 0, 0], 2, 4);
            observer.Observe(Layer, first);
            observer.Observe(Layer, second);
            Statistics = observer.StatisticsOf(Layer, samples: 2);
        }

        public CpuBackend Backend { get; } = new(1);

        public Linear Layer { get; } = Layers.Of([0.5f, -1, 0.25f, 2, 1.5f, 0.1f, -0.6f, -0.2f], 2, 4);

        public LayerStatistics Statistics { get; }

        public void Dispose()
        {
            observer.Dispose();
            Backend.Dispose();
        }
    }
}
