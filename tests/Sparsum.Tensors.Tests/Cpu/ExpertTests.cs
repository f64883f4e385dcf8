using Sparsum.Tensors.Backends.Reference;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class ExpertTests : IDisposable
{
    private readonly IBackend backend = new ReferenceBackend();

    public void Dispose() => backend.Dispose();

    [Fact]
    public void The_largest_logits_are_chosen_and_of_equal_ones_the_first()
    {
        using var logits = Tensor.From([1, 3, 2, 3, 0, 0, 0, 0], 2, 4);
        using var weights = Tensor.Allocate(2, 2);
        var chosen = new int[4];
        backend.Route(logits, false, chosen, weights);
        Assert.Equal([1, 3, 0, 1], chosen);
        double sum = Math.Exp(1) + (2 * Math.Exp(3)) + Math.Exp(2);
        Assert.Equal(Math.Exp(3) / sum, weights.Row(0)[0], 1e-7);
        Assert.Equal(0.25, weights.Row(1)[1], 1e-7);
        backend.Route(logits, true, chosen, weights);
        Assert.Equal([0.5f, 0.5f, 0.5f, 0.5f], weights.ToArray());
    }

    [Fact]
    public void Rows_are_added_where_they_belong()
    {
        using var rows = Tensor.From([1, 2, 3, 4], 2, 2);
        using var weights = Tensor.From([0, 10, 100, 0], 2, 2);
        using var sum = Tensor.From([0, 0, 0, 0, 5, 5], 3, 2);
        backend.AddWeightedRows(rows, [2, 0], weights, [1, 2], sum);
        Assert.Equal([300f, 400, 0, 0, 15, 25], sum.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var logits = Tensor.Zeros(2, 3);
        using var weights = Tensor.Zeros(2, 4);
        Assert.Throws<ArgumentException>(() => backend.Route(logits, false, new int[8], weights));
        Assert.Throws<ArgumentException>(() => backend.Route(logits, false, new int[3], logits));
        Assert.Throws<ArgumentException>(() => backend.AddWeightedRows(logits, [0], weights, [0, 1], logits));
        Assert.Throws<ArgumentException>(() => backend.AddWeightedRows(logits, [0, 1], weights, [0, 1], weights));
    }
}
