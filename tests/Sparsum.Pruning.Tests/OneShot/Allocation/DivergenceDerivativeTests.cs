using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The derivative of the divergence, against differences of it.</summary>
public sealed class DivergenceDerivativeTests
{
    /// <summary>Heads over norms of two kinds, and with bounded logits.</summary>
    [SharedTheory("oracle/families")]
    [InlineData("oracle/families/olmo2")]
    [InlineData("oracle/families/bloom")]
    [InlineData("oracle/families/gemma2")]
    public void It_is_what_differences_are(string folder)
    {
        using var pretrained = PretrainedModel.Open(SharedFiles.Path(folder));
        pretrained.LoadAll();
        var model = pretrained.LanguageModel;
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        int[][] ids = [[5, 17, 3, 40, 9], [8, 2, 33, 21, 6]];
        var windows = new CalibrationSet(ids, new CalibrationProvenance
        {
            File = "none",
            FileSha256 = "",
            IdsSha256 = "",
            Rule = "ids",
            Samples = 2,
            SequenceLength = 5,
            Seed = 0,
            Documents = 0,
            DocumentDraws = 0,
        });
        using var dense = Random(10, model.HiddenSize, 1);
        using var other = Random(10, model.HiddenSize, 2);
        using var direction = Random(10, model.HiddenSize, 3);
        using var gradient = Tensor.Zeros(10, model.HiddenSize);
        using var outputs = new DenseOutputs(model, computation, windows, dense, default);
        model.Head.Pack(backend, StorageType.Float32, releaseWeight: false);

        outputs.Differentiate(other, gradient, default);

        double along = gradient.ToArray().Zip(direction.ToArray(), (a, b) => (double)a * b).Sum();
        const float step = 0.01f;
        double difference = (At(step) - At(-step)) / (2 * step);
        Assert.Equal(difference, along, 2e-3 * (Math.Abs(difference) + 0.05));
        Assert.True(Math.Abs(along) > 1e-3, $"{along}");

        double At(float distance)
        {
            using var moved = Tensor.From([.. other.ToArray().Zip(direction.ToArray(), (value, by) => value + (distance * by))], 10, model.HiddenSize);
            return outputs.DivergenceOf(moved, default);
        }
    }

    private static Tensor Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return Tensor.From([.. Enumerable.Range(0, rows * columns).Select(_ => (float)((2 * random.NextDouble()) - 1))], rows, columns);
    }
}
