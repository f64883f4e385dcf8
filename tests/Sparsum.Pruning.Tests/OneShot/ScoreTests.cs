using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>A layer of two rows and two sequences of two tokens, worked out by hand.</summary>
public sealed class ScoreTests
{
    private static readonly float[] Weights = [0.5f, -1, 0.25f, 2, 1.5f, 0.1f, -0.6f, -0.2f];

    [Fact]
    public void Norms_are_roots_of_square_sums_per_sequence()
    {
        Numbers.AssertClose([1.732051f, 1.224745f, 1, 1], Statistics().InputNorms, 1e-6);
    }

    [Fact]
    public void Wanda_scores_and_row_mask()
    {
        using var weight = Tensor.From(Weights, 2, 4);
        var scorer = new Wanda().Prepare(weight, Statistics());
        var scores = new LayerScores("layer", 2, 4, scorer, threads: 1);
        float[] expected = [0.866025f, 1.224745f, 0.25f, 2, 2.598076f, 0.122474f, 0.6f, 0.2f];

        scores.ForEachRow((row, values, _) => Numbers.AssertClose(expected.AsSpan(row * 4, 4), values, 1e-6));
        bool[][] masks = Masking.Select(new RowRule(), scores, 0.5);

        Assert.Equal([true, false, true, false], masks[0]);
        Assert.Equal([false, true, false, true], masks[1]);
    }

    [Fact]
    public void Multiflow_scores()
    {
        using var weight = Tensor.From(Weights, 2, 4);
        float[] expected = [0.939804f, 0.730996f, 0.115302f, 2.387424f, 2.286665f, 0.059287f, 0.224435f, 0.19363f];
        float[] scores = new float[8];
        var scorer = new Multiflow().Prepare(weight, Statistics());

        scorer(0, scores.AsSpan(0, 4));
        scorer(1, scores.AsSpan(4));

        Numbers.AssertClose(expected, scores, 2e-6);
    }

    [Fact]
    public void Multiflow_in_float16_loses_small_scores()
    {
        float[] small = [.. Weights.Select(weight => weight * 1e-5f)];
        using var weight = Tensor.From(small, 2, 4);
        var rounded = new Multiflow(new MultiflowOptions { Float16 = true });
        float[] scores = new float[4];

        rounded.Prepare(weight, Statistics())(0, scores);
        Assert.Equal([0, 0, 0, 0], scores);

        using var large = Tensor.From(Weights, 2, 4);
        rounded.Prepare(large, Statistics())(0, scores);
        Assert.Equal([(float)(Half)0.939804f, (float)(Half)0.730996f, (float)(Half)0.115302f, (float)(Half)2.387424f], scores);
    }

    [Fact]
    public void Moments_are_sums_per_sequence_and_variances_within_sequences()
    {
        using var backend = new ReferenceBackend();
        using var observer = new InputObserver(backend, StatisticKinds.Moments);
        observer.BeginPass(sequences: 2);
        var layer = new Linear(new Parameter("layer.weight", 2, 4));
        using var both = Tensor.From([1, 0, 1, 0, 0, 1, 1, 1, 2, -1, 0, 1, 1, 1, 0, 0], 4, 4);
        observer.Observe(layer, both);

        var statistics = observer.StatisticsOf(layer, samples: 2);

        Assert.Equal([2, 0.5, 1, 1], statistics.Moments!.Sums);
        Assert.Equal([0.25, 0.625, 0, 0.25], statistics.Moments.Variances);
        Assert.Equal(4, statistics.Tokens);
        observer.BeginPass(sequences: 3);
        using var uneven = Tensor.Zeros(4, 4);
        Assert.Throws<ArgumentException>(() => observer.Observe(layer, uneven));
    }

    [Fact]
    public void Magnitude_scores()
    {
        using var weight = Tensor.From(Weights, 2, 4);
        float[] scores = new float[4];

        new Magnitude().Prepare(weight, null)(1, scores);

        Assert.Equal([1.5f, 0.1f, 0.6f, 0.2f], scores);
    }

    [Fact]
    public void Layers_that_read_one_tensor_count_it_once_each()
    {
        using var backend = new ReferenceBackend();
        var observer = new InputObserver(backend);
        var first = new Linear(new Parameter("a.weight", 1, 2));
        var second = new Linear(new Parameter("b.weight", 3, 2));
        for (int batch = 0; batch < 2; batch++)
        {
            using var input = Tensor.From([3, 1], 1, 2);
            observer.Observe(first, input);
            observer.Observe(second, input);
        }

        Assert.Equal([3, 1], observer.StatisticsOf(first, 2).InputNorms.ToArray());
        Assert.Equal([3, 1], observer.StatisticsOf(second, 2).InputNorms.ToArray());
    }

    private static LayerStatistics Statistics()
    {
        using var backend = new ReferenceBackend();
        var observer = new InputObserver(backend);
        var layer = new Linear(new Parameter("layer.weight", 2, 4));
        using var first = Tensor.From([1, 0, 1, 0, 0, 1, 1, 1], 2, 4);
        using var second = Tensor.From([2, -1, 0, 1, 1, 1, 0, 0], 2, 4);
        observer.Observe(layer, first);
        observer.Observe(layer, second);
        return observer.StatisticsOf(layer, samples: 2);
    }
}
