using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

/// <summary>Columns taken out of matrices and put back, with their gradients.</summary>
public sealed class ColumnTests
{
    [Fact]
    public void Columns_by_hand()
    {
        using var computation = new Computation(new ReferenceBackend());
        using var input = Tensor.From([1, 2, 3, 4, 5, 6], 2, 3);
        using var bias = Tensor.From([10, 20, 30, 40], 4);

        using var gathered = computation.GatherColumns(input, [2, 0]);
        using var scattered = computation.ScatterColumns(gathered, [1, 3], 4, bias);
        using var bare = computation.ScatterColumns(gathered, [1, 3], 4, null);

        Assert.Equal([3, 1, 6, 4], gathered.ToArray());
        Assert.Equal([10, 23, 30, 41, 10, 26, 30, 44], scattered.ToArray());
        Assert.Equal([0, 3, 0, 1, 0, 6, 0, 4], bare.ToArray());
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        using var input = Numbers.Random(1, 3, 5);
        using var weight = Numbers.Random(2, 2, 3);
        using var bias = Numbers.Random(3, 4);
        GradientCheck.Run([input, weight, bias], (computation, inputs) =>
        {
            var read = computation.GatherColumns(inputs[0], [0, 2, 4]);
            var computed = computation.Linear(read, inputs[1]);
            return computation.ScatterColumns(computed, [3, 1], 4, inputs[2]);
        });
        GradientCheck.Run([input, bias], (computation, inputs) =>
        {
            var read = computation.GatherColumns(inputs[0], [4, 1, 0, 2]);
            return computation.ScatterColumns(read, [0, 1, 2, 3], 4, inputs[1]);
        });
    }

    [Fact]
    public void Other_shapes_are_refused()
    {
        using var computation = new Computation(new ReferenceBackend());
        using var input = Numbers.Random(1, 2, 3);
        using var bias = Numbers.Random(2, 3);
        Assert.Throws<ArgumentException>(() => computation.ScatterColumns(input, [0, 1], 4, null));
        Assert.Throws<ArgumentException>(() => computation.ScatterColumns(input, [0, 1, 2], 4, bias));
    }
}
