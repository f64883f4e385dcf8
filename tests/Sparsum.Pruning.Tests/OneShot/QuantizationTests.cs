using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods.SparseGpt;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.RandomModel;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Joint pruning and rounding: against a plain sweep, against the nearest steps, and through files.</summary>
public sealed class QuantizationTests
{
    [Theory]
    [InlineData(37, 64, 64, null, 8, null, 0.6)]
    [InlineData(37, 64, 64, null, 4, 16, 0.6)]
    [InlineData(33, 128, 128, "2:4", 4, 32, 0)]
    [InlineData(33, 96, 96, null, 4, 32, 0)]
    [InlineData(9, 64, 32, null, 4, 64, 0.5)]
    [InlineData(9, 64, 32, null, 4, 32, 0.5)]
    [InlineData(9, 80, 64, null, 4, 16, 0.5)]
    public void The_sweep_is_that_of_a_plain_version(int rows, int columns, int blockSize, string? form, int bits, int? group, double ratio)
    {
        var pattern = form is null ? null : NmPattern.Parse(form);
        var quantization = new WeightQuantization(bits, group);
        float[] weights = Numbers.Random(5, rows, columns).ToArray();
        using var inputs = Numbers.Random(3, 2 * columns, columns);
        float[] expected = [.. PlainSparseGpt.Prune(weights, rows, columns, inputs, 0.01, ratio, pattern, blockSize, 1, quantization).Cast<double>().Select(value => (float)value)];

        float[] one = Prune(threads: 1);

        // Where a column block ends, weights are rounded to float32, and a value half-way between two steps may go to the other one.
        int others = expected.Zip(one).Count(pair => pair.First != pair.Second);
        Assert.True(others <= (blockSize < columns ? expected.Length / 100 : 0), $"{others} of {expected.Length} weights are others.");
        Assert.Equal(one, Prune(threads: 3));

        float[] Prune(int threads)
        {
            using var backend = new CpuBackend(threads);
            using var observer = new InputObserver(backend, StatisticKinds.Hessian);
            var layer = Layers.Of(weights, rows, columns);
            observer.Observe(layer, inputs);
            new SparseGptPruner(0.01, blockSize, 1, quantization).Prune(
                null!, layer, observer.StatisticsOf(layer, 2), new LayerTarget(ratio) { Pattern = pattern }, backend);
            AssertOnGrid(layer.Weight.Value, layer.Weight.Grid!);
            return layer.Weight.Value.ToArray();
        }
    }

    [Fact]
    public void Making_up_for_rounding_loses_less_of_the_outputs_than_rounding_alone()
    {
        const int Rows = 24, Columns = 64;
        var quantization = new WeightQuantization(4, 32);
        using var weights = Numbers.Random(7, Rows, Columns);

        // Inputs of few directions: the case in which other weights can make up for one.
        using var directions = Numbers.Random(8, 12, Columns);
        using var mixtures = Numbers.Random(9, 256, 12);
        using var noise = Numbers.Random(10, 256, Columns);
        using var backend = new CpuBackend(1);
        using var inputs = Tensor.Allocate(256, Columns);
        backend.MatMul(MatrixProduct.NN, mixtures, directions, inputs);
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs.Span[i] += 0.1f * noise.Span[i];
        }

        using var observer = new InputObserver(backend, StatisticKinds.Hessian);
        var layer = Layers.Of(weights.ToArray(), Rows, Columns);
        observer.Observe(layer, inputs);
        new SparseGptPruner(0.01, 128, 1, quantization).Prune(null!, layer, observer.StatisticsOf(layer, 1), new LayerTarget(0), backend);
        using var plain = Tensor.From(weights.ToArray(), Rows, Columns);
        var grid = new QuantizedGrid(quantization, Rows, Columns);
        for (int row = 0; row < Rows; row++)
        {
            grid.Round(row, plain.Row(row));
        }

        Assert.True(Loss(layer.Weight.Value) < 0.5 * Loss(plain), $"{Loss(layer.Weight.Value)} against {Loss(plain)}");

        double Loss(Tensor rounded)
        {
            double sum = 0;
            for (int t = 0; t < inputs.RowCount; t++)
            {
                for (int row = 0; row < Rows; row++)
                {
                    double difference = 0;
                    for (int c = 0; c < Columns; c++)
                    {
                        difference += (double)(rounded.Row(row)[c] - weights.Row(row)[c]) * inputs.Row(t)[c];
                    }

                    sum += difference * difference;
                }
            }

            return sum;
        }
    }

    [Theory]
    [InlineData("wanda", 8, null)]
    [InlineData("wanda", 4, 8)]
    [InlineData("magnitude", 4, 16)]
    [InlineData("sparsegpt", 8, null)]
    [InlineData("sparsegpt", 4, 8)]
    public void A_folder_is_read_back_as_it_was_rounded_and_resumed_to_the_same_bytes(string method, int bits, int? group)
    {
        using var model = new TestModel();
        var options = model.Options with { Method = Named.Method(method), Quantization = new WeightQuantization(bits, group) };
        var plain = model.Prune(model.Options with { Method = Named.Method(method) }, output: model.At("plain"));
        var result = model.Prune(options, output: model.At("whole"), threads: 3);

        Assert.ThrowsAny<Exception>(() => model.Prune(options, progress: step =>
        {
            if (step is { Phase: PrunePhase.Write, Block: 2 })
            {
                throw new InvalidOperationException("crash");
            }
        }));
        model.Prune(options, ExistingOutput.Resume);

        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
        long lost = result.Blocks.Sum(block => block.Layers.Sum(layer => layer.RoundedToZero));
        if (method == "magnitude")
        {
            Assert.Equal(plain.Zeros, result.Zeros - lost);
        }

        using var written = PretrainedModel.Open(model.Output);
        using var dense = PretrainedModel.Open(model.At("plain"));
        written.LoadAll();
        dense.LoadAll();
        Assert.Empty(written.UnusedTensors);
        foreach (var (mine, other) in written.Model.Blocks.SelectMany(block => block.Linears).Zip(dense.Model.Blocks.SelectMany(block => block.Linears)))
        {
            // The nearest of all steps to the weights that pruning alone leaves; with data that holds until blocks see rounded ones before them.
            bool isSame = method == "magnitude" || (method == "wanda" && written.Model.Blocks[0].Linears.Contains(mine));
            for (int row = 0; isSame && row < mine.OutputSize; row++)
            {
                AssertNearest(options.Quantization, other.Weight.Value.Row(row), mine.Weight.Value.Row(row));
            }
        }

        Assert.Equal(result.Zeros, written.Model.Blocks.Sum(block => block.Linears.Sum(Zeros)));

        static long Zeros(Sparsum.Transformers.Layers.Linear linear) => linear.Weight.Value.ToArray().Count(value => value == 0);
    }

    [Theory]
    [InlineData(8, null, GgufTensorType.Q8_0)]
    [InlineData(8, 32, GgufTensorType.Q8_0)]
    [InlineData(4, 32, GgufTensorType.Q4_0)]
    [InlineData(4, 64, GgufTensorType.Q4_0)]
    public void A_gguf_file_holds_the_same_steps_and_scales(int bits, int? group, GgufTensorType type)
    {
        using var model = new TestModel(new RandomLlama { Blocks = 2, Hidden = 64, Intermediate = 128, Heads = 2, KeyValueHeads = 2 });
        model.Prune(model.Options with { Method = Named.Method("sparsegpt"), Quantization = new WeightQuantization(bits, group) });
        using var source = PretrainedModel.Open(model.Output);
        GgufExport.Write(source, model.At("model.gguf"), "x");
        using var written = PretrainedModel.Open(model.At("model.gguf"));
        source.LoadAll();
        written.LoadAll();
        foreach (var (mine, other) in source.Model.Blocks.SelectMany(block => block.Linears).Zip(written.Model.Blocks.SelectMany(block => block.Linears)))
        {
            Assert.Equal(mine.Weight.Value.ToArray(), other.Weight.Value.ToArray());
        }

        using var file = GgufFile.Open(model.At("model.gguf"));
        Assert.Equal(14, file.Tensors.Count(tensor => tensor.Type == type));
    }

    [Fact]
    public void A_gguf_file_is_pruned_and_rounded_as_the_folder_that_it_was_made_of()
    {
        using var model = new TestModel(new RandomLlama { Blocks = 2, Hidden = 64, Intermediate = 128, Heads = 2, KeyValueHeads = 2 });
        using (var source = PretrainedModel.Open(model.Input))
        {
            GgufExport.Write(source, model.At("model.gguf"), "x", GgufTensorType.F32);
        }

        var options = model.Options with { Method = Named.Method("sparsegpt"), Quantization = new WeightQuantization(4, 32) };
        model.Prune(options);
        using var backend = new CpuBackend(1);
        new BlockwisePruner(backend).Run(model.At("model.gguf"), model.At("other"), options);
        using var one = PretrainedModel.Open(model.Output);
        using var two = PretrainedModel.Open(model.At("other"));
        one.LoadAll();
        two.LoadAll();
        foreach (var (mine, other) in one.Model.Parameters.Zip(two.Model.Parameters))
        {
            Assert.Equal(mine.Value.ToArray(), other.Value.ToArray());
        }
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using var model = new TestModel();
        Assert.Equal("group-mismatch", Code(new WeightQuantization(4, 7)));
        Assert.Equal("option-out-of-range", Code(new WeightQuantization(3)));
        Assert.Equal("option-out-of-range", Code(new WeightQuantization(8, 0)));

        string Code(WeightQuantization quantization) =>
            Assert.Throws<InvalidInputException>(() => model.Prune(model.Options with { Quantization = quantization })).Code;
    }

    private static void AssertOnGrid(Tensor values, QuantizedGrid grid)
    {
        var steps = new sbyte[values.Columns];
        for (int row = 0; row < values.RowCount; row++)
        {
            grid.ToSteps(row, values.Row(row), steps);
            Assert.All(steps, step => Assert.InRange((int)step, grid.Quantization.LowestStep, grid.Quantization.HighestStep));
            foreach (float scale in grid.Row(row))
            {
                Assert.Equal(scale, (float)(Half)scale);
                Assert.Equal(0u, BitConverter.SingleToUInt32Bits(scale) & 0xFFFF);
            }
        }
    }

    private static void AssertNearest(WeightQuantization quantization, Span<float> exact, Span<float> rounded)
    {
        int width = quantization.GroupSize ?? exact.Length;
        for (int start = 0; start < exact.Length; start += width)
        {
            float[] group = exact.Slice(start, width).ToArray();
            double scale = quantization.Scale(group.MaxBy(Math.Abs));
            var (low, high) = quantization.Bits == 8 ? (-127, 127) : (-8, 7);
            for (int i = 0; i < width; i++)
            {
                double nearest = Enumerable.Range(low, high - low + 1).Min(step => Math.Abs((step * scale) - group[i]));
                Assert.Equal(nearest, Math.Abs(rounded[start + i] - (double)group[i]), 1e-9);
            }
        }
    }
}
