using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Refinement.Dsnot;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>DSnoT on an encoder, whose calibration sequences have different lengths.</summary>
public sealed class EncoderDsnotTests
{
    private const double Ratio = 0.5;

    // Some of one length, which share a batch, and one of a single token, which has no variance.
    private static readonly int[] Lengths = [7, 3, 12, 3, 1, 7, 7, 20];

    [Fact]
    public void Moments_are_those_of_each_sequence_alone()
    {
        using var folder = Create();
        using var pretrained = Open(folder.Input);
        var calibration = CalibrationLoader.Load(new CalibrationOptions { File = folder.Ids }, pretrained);
        var expected = NaiveMoments.Of(pretrained.Model, calibration);
        using var backend = new CpuBackend(2);
        using var runner = new BlockRunner(pretrained.Model, backend, calibration, null);
        using var states = runner.CreateStates();
        runner.Embed(states, default);

        foreach (var block in pretrained.Model.Blocks)
        {
            using var observer = new InputObserver(backend, StatisticKinds.Squares | StatisticKinds.Moments);
            runner.Propagate(block, states, default, observer);
            foreach (var linear in block.Linears)
            {
                var moments = observer.StatisticsOf(linear, calibration.Samples).Moments!;
                var naive = expected[linear.Name];
                AssertClose(naive.Sums, [.. moments.Sums]);
                AssertClose(naive.Variances, [.. moments.Variances]);
            }
        }

        static void AssertClose(double[] expected, double[] actual) =>
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * (1 + Math.Abs(pair.First))));
    }

    [Fact]
    public void Masks_are_those_of_a_naive_refinement()
    {
        using var folder = Create();
        var options = folder.Options with { Sparsity = Ratio, Refinement = Named.Refinement("dsnot") };
        folder.Prune(options, threads: 2);
        folder.Prune(options with { Refinement = null }, output: folder.At("unrefined"));

        using var dense = Open(folder.Input);
        using var pruned = Open(folder.Output);
        using var unrefined = Open(folder.At("unrefined"));
        var calibration = CalibrationLoader.Load(new CalibrationOptions { File = folder.Ids }, dense);
        var moments = NaiveMoments.Of(dense.Model, calibration);
        double threshold = new DsnotOptions().ThresholdFor((double)calibration.TokenCount / calibration.Samples);
        int changed = 0;
        var blocks = (Dense: dense.Model.Blocks[0], Pruned: pruned.Model.Blocks[0], Unrefined: unrefined.Model.Blocks[0]);
        foreach (var (place, linear) in blocks.Dense.Linears.Index())
        {
            bool isRefined = blocks.Dense.Attention.Linears.Contains(linear);
            for (int row = 0; row < linear.OutputSize; row++)
            {
                bool[] mask = NaiveRun.WandaMask(linear.Weight.Value.Row(row), moments[linear.Name].Norms, Ratio);
                Assert.Equal(mask, Zeros(blocks.Unrefined.Linears[place], row));
                if (isRefined)
                {
                    Refine(mask, linear.Weight.Value.Row(row), moments[linear.Name], threshold);
                }

                Assert.Equal(mask, Zeros(blocks.Pruned.Linears[place], row));
                changed += mask.SequenceEqual(Zeros(blocks.Unrefined.Linears[place], row)) ? 0 : 1;
            }
        }

        Assert.InRange(changed, 20, 64);
    }

    [Theory]
    [InlineData("wanda")]
    [InlineData("sparsegpt")]
    public void The_sparsity_stays_and_threads_change_nothing(string method)
    {
        using var folder = Create();
        var options = folder.Options with { Method = Named.Method(method), Sparsity = Ratio, Refinement = Named.Refinement("dsnot") };

        var result = folder.Prune(options, threads: 1);
        folder.Prune(options, output: folder.At("three"), threads: 3);

        Assert.Equal(Ratio, result.Sparsity);
        Assert.All(result.Blocks.SelectMany(block => block.Layers), layer => Assert.Equal(Ratio, layer.Sparsity));
        Assert.Equal(Folders.Hashes(folder.Output), Folders.Hashes(folder.At("three")));
    }

    private static TestModel Create() => new(TinyConfigs.Bert, UnevenSequences.Json(Lengths));

    private static PretrainedModel Open(string folder)
    {
        var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        return pretrained;
    }

    private static IEnumerable<bool> Zeros(Linear linear, int row) => linear.Weight.Value.Row(row).ToArray().Select(weight => weight == 0);

    private static void Refine(bool[] mask, ReadOnlySpan<float> row, NaiveMoments moments, double threshold)
    {
        double[] weights = [.. row.ToArray().Select(weight => (double)weight)];
        RowExchange.Refine(
            new DsnotRow
            {
                Contributions = weights.Zip(moments.Sums, (weight, sum) => weight * sum).ToArray(),
                Pruned = mask,
                Spreads = moments.Variances,
                Importance = weights.Zip(moments.Norms, (weight, norm) => Math.Abs(weight) * norm).ToArray(),
                InitialScores = [],
                Pattern = null,
                Threshold = threshold,
                SameSign = false,
            },
            new DsnotOptions().Cycles);
    }

    /// <summary>Moments of a layer's inputs, from one sequence after the other in double precision.</summary>
    /// <param name="Norms"><c>√((1/N) Σ x²)</c>.</param>
    /// <param name="Sums">Sums over a sequence, averaged over sequences.</param>
    /// <param name="Variances">Variance within a sequence, averaged over tokens.</param>
    private sealed record NaiveMoments(double[] Norms, double[] Sums, double[] Variances)
    {
        public static Dictionary<string, NaiveMoments> Of(TransformerModel model, CalibrationSet calibration)
        {
            using var computation = new Computation(new ReferenceBackend());
            var collector = new Collector();
            foreach (int[] ids in calibration.Sequences)
            {
                var sample = new TokenBatch(ids, 1);
                using var outputs = model.Forward(model.BeginPass(computation, sample, observer: collector), sample);
            }

            return collector.Inputs.ToDictionary(layer => layer.Key, layer => Create(layer.Value));
        }

        private static NaiveMoments Create(List<double[][]> sequences)
        {
            int columns = sequences[0][0].Length;
            int tokens = sequences.Sum(sequence => sequence.Length);
            var moments = new NaiveMoments(new double[columns], new double[columns], new double[columns]);
            for (int c = 0; c < columns; c++)
            {
                moments.Norms[c] = Math.Sqrt(sequences.Sum(sequence => sequence.Sum(token => token[c] * token[c])) / sequences.Count);
                moments.Sums[c] = sequences.Sum(sequence => sequence.Sum(token => token[c])) / sequences.Count;
                moments.Variances[c] = sequences.Sum(sequence =>
                {
                    double mean = sequence.Average(token => token[c]);
                    return sequence.Sum(token => (token[c] - mean) * (token[c] - mean));
                }) / tokens;
            }

            return moments;
        }

        private sealed class Collector : ILinearObserver
        {
            public Dictionary<string, List<double[][]>> Inputs { get; } = [];

            public void Observe(Linear layer, Tensor input)
            {
                if (!Inputs.TryGetValue(layer.Name, out var sequences))
                {
                    Inputs.Add(layer.Name, sequences = []);
                }

                sequences.Add([.. Enumerable.Range(0, input.RowCount).Select(row => input.Row(row).ToArray().Select(value => (double)value).ToArray())]);
            }
        }
    }
}
