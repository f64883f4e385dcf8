using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Transformers.Tests.Layers;

/// <summary>Layers that read or give some features only.</summary>
public sealed class LinearFeatureTests
{
    [Theory]
    [InlineData(true, Activation.Identity)]
    [InlineData(false, Activation.Identity)]
    [InlineData(true, Activation.GeluErf)]
    public void A_removed_feature_is_one_whose_weights_are_zero(bool hasBias, Activation activation)
    {
        using var reference = new ReferenceBackend();
        using var cpu = new CpuBackend(2);
        foreach (IBackend backend in new IBackend[] { reference, cpu })
        {
            var zeroed = Create(hasBias);
            var removed = Create(hasBias);
            foreach (int r in Enumerable.Range(0, 6))
            {
                zeroed.Weight.Value.Row(r)[1] = zeroed.Weight.Value.Row(r)[8] = 0;
            }

            zeroed.Weight.Value.Row(0).Clear();
            zeroed.Weight.Value.Row(4).Clear();
            removed.RemoveInputs([1, 8]);
            removed.RemoveOutputs([4, 0]);

            Assert.Equal([4, 7], removed.Weight.Shape.ToArray());
            Assert.Equal([0, 2, 3, 4, 5, 6, 7], removed.Inputs!);
            Assert.Equal([1, 2, 3, 5], removed.Outputs!);
            Numbers.AssertClose(Run(zeroed, backend, activation), Run(removed, backend, activation), 1e-6);
            removed.Pack(backend, StorageType.Float32, releaseWeight: false);
            Numbers.AssertClose(Run(zeroed, backend, activation), Run(removed, backend, activation), 1e-6);
        }
    }

    [Fact]
    public void Numbers_stay_those_of_the_first_time()
    {
        var linear = Create(true);
        linear.RemoveInputs([1, 8]);
        Assert.Empty(linear.RemoveInputs([1]));
        Assert.Equal([0, 1, 2, 5, 6], linear.RemoveInputs([4, 5])[0].Kept);
        Assert.Equal([0, 2, 3, 6, 7], linear.Inputs!);
        Assert.Equal([0, 2, 3, 6, 7], linear.Weight.Kept(SliceAxis.Columns)!);
        Assert.Throws<ArgumentException>(() => linear.RemoveInputs([0, 2, 3, 6, 7]));
        Assert.Throws<ArgumentOutOfRangeException>(() => linear.RemoveInputs([9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => linear.RemoveOutputs([6]));
    }

    [Fact]
    public void Values_go_back_to_where_they_were()
    {
        var linear = Create(true);
        float[] before = linear.Weight.Value.ToArray();
        linear.RemoveInputs([1, 8]);
        linear.RemoveOutputs([4]);

        using var spread = linear.Weight.Spread(linear.Weight.Value);

        Assert.Equal([6, 9], spread.Shape.ToArray());
        Assert.Equal(before.Select((value, i) => i / 9 == 4 || i % 9 is 1 or 8 ? 0 : value), spread.ToArray());
    }

    private static Linear Create(bool hasBias)
    {
        var weight = new Parameter("weight", 6, 9);
        weight.Set(Numbers.Random(1, 6, 9));
        var bias = new Parameter("bias", 6);
        bias.Set(Numbers.Random(2, 6));
        return new Linear(weight, hasBias ? bias : null);
    }

    private static float[] Run(Linear linear, IBackend backend, Activation activation)
    {
        using var computation = new Computation(backend);
        using var input = Numbers.Random(3, 5, 9);
        var pass = new ForwardPass { Computation = computation, Batch = 1, Length = 5, Positions = [0, 1, 2, 3, 4] };
        using var output = linear.Forward(pass, input, activation);
        return output.ToArray();
    }
}
