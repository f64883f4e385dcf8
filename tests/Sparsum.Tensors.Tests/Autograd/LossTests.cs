using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

public class LossTests
{
    [Fact]
    public void Cross_entropy_is_a_mean_over_targets_with_its_gradient()
    {
        // Softmax of (ln 1, ln 3) is (1/4, 3/4).
        using var logits = Tensor.From([0, MathF.Log(3), 5, 5, MathF.Log(3), 0], 3, 2);
        var (loss, gradient) = Run(logits, c => c.CrossEntropy(logits, [0, -100, 0]));

        Assert.Equal((Math.Log(4) + Math.Log(4.0 / 3)) / 2, loss, 1e-6);
        Numbers.AssertClose([-0.375f, 0.375f, 0, 0, -0.125f, 0.125f], gradient, 1e-6);
    }

    [Fact]
    public void Label_smoothing_spreads_a_share_of_the_target()
    {
        // -log of (1/4, 3/4) under the target (0.9 + 0.05, 0.05): the row that is skipped stays so.
        using var logits = Tensor.From([0, MathF.Log(3), 5, 5], 2, 2);
        var (loss, gradient) = Run(logits, c => c.CrossEntropy(logits, [0, -100], smoothing: 0.1f));

        Assert.Equal((0.95 * Math.Log(4)) + (0.05 * Math.Log(4.0 / 3)), loss, 1e-6);
        Numbers.AssertClose([0.25f - 0.95f, 0.75f - 0.05f, 0, 0], gradient, 1e-6);
    }

    [Fact]
    public void Parts_of_a_batch_add_up_to_the_whole()
    {
        using var logits = Numbers.Random(1, 6, 5);
        int[] targets = [0, 4, -100, 2, 1, -100];
        var (loss, gradient) = Run(logits, c => c.CrossEntropy(logits, targets));
        var (sum, added) = Run(logits, c =>
        {
            using var first = c.Gather(logits, [0, 1, 2]);
            using var second = c.Gather(logits, [3, 4, 5]);
            return c.CrossEntropy(first, targets.AsSpan(0, 3), 4) + c.CrossEntropy(second, targets.AsSpan(3), 4);
        });

        Assert.Equal(loss, sum, 1e-6);
        Numbers.AssertClose(gradient, added, 1e-6);
    }

    [Fact]
    public void A_batch_without_targets_has_no_loss_and_no_gradient()
    {
        using var logits = Numbers.Random(1, 2, 3);
        var (loss, gradient) = Run(logits, c => c.CrossEntropy(logits, [-100, -100]));
        Assert.Equal(0, loss);
        Assert.Equal(new float[6], gradient);
    }

    [Fact]
    public void Mean_squared_error_and_its_gradient()
    {
        using var predictions = Tensor.From([1, 2, -1], 3, 1);
        var (loss, gradient) = Run(predictions, c => c.MeanSquaredError(predictions, [0.5f, 2, 2]));
        Assert.Equal((0.25 + 9) / 3, loss, 1e-6);
        Numbers.AssertClose([1f / 3, 0, -2], gradient, 1e-6);
    }

    private static (double Loss, float[] Gradient) Run(Tensor input, Func<Computation, double> loss)
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        using var gradient = Tensor.Zeros(input.Shape);
        tape.Watch(input, gradient);
        double value = loss(computation);
        tape.Backward();
        return (value, gradient.ToArray());
    }
}
