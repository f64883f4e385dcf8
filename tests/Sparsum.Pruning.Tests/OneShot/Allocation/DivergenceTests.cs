using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The divergence of next-token distributions against its definition in double precision.</summary>
public sealed class DivergenceTests
{
    private static readonly string Ids = """{ "input_ids": [[5, 60, 7, 8, 99, 4], [12, 13, 14, 0, 77, 3], [15, 16, 17, 18, 19, 20]] }""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_divergence_is_that_of_the_definition(bool isCapped)
    {
        using var folder = new TestModel(isCapped ? Capped : TinyConfigs.Llama, Ids);
        using var pretrained = PretrainedModel.Open(folder.Input);
        pretrained.LoadAll();
        var model = pretrained.LanguageModel;
        Assert.Equal(isCapped, model.LogitSoftCap is not null);
        var windows = CalibrationLoader.Load(new CalibrationOptions { File = folder.Ids }, pretrained, default);
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        using var dense = Tensor.Allocate(windows.TokenCount, model.HiddenSize);
        using var other = Tensor.Allocate(windows.TokenCount, model.HiddenSize);
        for (int i = 0; i < dense.Length; i++)
        {
            dense.Span[i] = MathF.Sin(i * 0.7f) * 2;
            other.Span[i] = dense.Span[i] + (MathF.Cos(i * 1.3f) / 2);
        }

        // Random weights say next to nothing; larger ones tell tokens apart.
        foreach (ref float weight in model.Head.Weight.Value.Span)
        {
            weight *= 50;
        }

        using var outputs = new DenseOutputs(model, computation, windows, dense, default);

        double expected = Naive(model, computation, windows, dense, other);
        Assert.True(expected > 0.01, $"{expected}");
        Assert.Equal(expected, outputs.DivergenceOf(other, default), 1e-5 * (1 + expected));
        Assert.Equal(0, outputs.DivergenceOf(dense, default), 1e-6);
    }

    private static Gemma2Config Capped => new()
    {
        VocabSize = 256,
        HiddenSize = 8,
        IntermediateSize = 12,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        NumKeyValueHeads = 1,
        HeadDim = 4,
        QueryPreAttnScalar = 4,
        FinalLogitSoftcapping = 2,
    };

    private static double Naive(CausalLanguageModel model, Computation computation, CalibrationSet windows, Tensor dense, Tensor other)
    {
        double total = 0;
        int row = 0;
        foreach (int[] ids in windows.Sequences)
        {
            var pass = model.BeginPass(computation, new TokenBatch(ids, 1));
            using var finishedDense = model.Finish(pass, dense.Rows(row, ids.Length));
            using var finishedOther = model.Finish(pass, other.Rows(row, ids.Length));
            using var p = model.Project(pass, finishedDense);
            using var q = model.Project(pass, finishedOther);
            for (int token = 0; token < ids.Length; token++)
            {
                double[] logP = LogSoftmax(p.Row(token));
                double[] logQ = LogSoftmax(q.Row(token));
                total += logP.Zip(logQ, (a, b) => Math.Exp(a) * (a - b)).Sum();
            }

            row += ids.Length;
        }

        return total / row;
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> logits)
    {
        double[] values = [.. logits.ToArray().Select(value => (double)value)];
        double sum = Math.Log(values.Sum(Math.Exp));
        return [.. values.Select(value => value - sum)];
    }
}
