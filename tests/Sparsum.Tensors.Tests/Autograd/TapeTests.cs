using Sparsum.Tensors.Autograd;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

public class TapeTests
{
    [Fact]
    public void What_depends_on_no_watched_tensor_is_not_recorded()
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        using var input = Numbers.Random(1, 2, 3);
        using var weight = Numbers.Random(2, 4, 3);
        using var gradient = Tensor.Zeros(4, 3);
        tape.Watch(weight, gradient);

        using var constant = computation.Activate(Activation.Tanh, input);
        Assert.Equal(0, tape.Count);
        Assert.False(tape.Tracks(constant));
        using var output = computation.Linear(constant, weight);
        Assert.Equal(1, tape.Count);
        Assert.True(tape.Tracks(output));
        tape.Reset();
        Assert.Equal(0, tape.Count);
    }

    [Fact]
    public void Gradients_are_added_to_what_is_there()
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        using var input = Tensor.From([2, 3], 2);
        using var gradient = Tensor.From([10, 20], 2);
        tape.Watch(input, gradient);
        for (int step = 0; step < 2; step++)
        {
            using var output = computation.Add(input, input);
            tape.Seed(output, input);
            tape.Backward();
        }

        Assert.Equal([18, 32], gradient.ToArray());
    }

    [Fact]
    public void A_disposed_value_lives_until_its_gradient_is_computed()
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        using var input = Numbers.Random(1, 100, 100);
        using var gradient = Tensor.Zeros(100, 100);
        tape.Watch(input, gradient);
        var inner = computation.Copy(input);
        using var output = computation.Activate(Activation.Silu, inner);
        inner.Dispose();
        Assert.Equal(0, computation.Workspace.IdleBytes);
        Assert.Equal(input.ToArray(), inner.ToArray());

        tape.Seed(output, input);
        tape.Backward();

        Assert.True(computation.Workspace.IdleBytes > 0);
        Assert.Throws<ObjectDisposedException>(() => inner.ToArray());
    }

    [Fact]
    public void A_step_allocates_nothing_after_the_first()
    {
        using var backend = new CpuBackend(1);
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        using var input = Numbers.Random(1, 64, 96);
        using var weight = Numbers.Random(2, 96, 96);
        using var bias = Numbers.Random(3, 96);
        using var scale = Numbers.Random(4, 96);
        Tensor[] parameters = [weight, bias, scale];
        foreach (var parameter in parameters)
        {
            tape.Watch(parameter, Tensor.Zeros(parameter.Shape));
        }

        int[] targets = [.. Enumerable.Range(0, 64)];
        Step();
        long workspace = computation.Workspace.IdleBytes;
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step();

        // The tensors of the step are at least 10 times 64 * 96 floats, 240 KiB; what is left is objects that describe them.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 24 * 1024);
        Assert.Equal(workspace, computation.Workspace.IdleBytes);

        void Step()
        {
            using var normalized = computation.RmsNorm(input, scale, 1e-5f);
            using var inner = computation.Linear(normalized, weight, bias, Activation.GeluErf);
            var output = computation.Linear(inner, weight, bias);
            computation.AddInPlace(ref output, inner);
            using var logits = output;
            computation.CrossEntropy(logits, targets);
            tape.Backward();
        }
    }

    [Fact]
    public void Misuse_is_refused()
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        Assert.Throws<InvalidOperationException>(() => computation.Record());
        using var x = Numbers.Random(1, 2, 3);
        using var gradient = Tensor.Zeros(2, 3);
        using var wrong = Tensor.Zeros(3, 2);
        Assert.Throws<ArgumentException>(() => tape.Watch(x, wrong));
        Assert.Throws<ArgumentException>(() => tape.Seed(x, gradient));
        tape.Watch(x, gradient);
        using var y = computation.Add(x, x);
        Assert.Throws<ArgumentException>(() => tape.Watch(y, gradient));
        var leaf = x;
        Assert.Throws<ArgumentException>(() => computation.ScaleInPlace(ref leaf, 2));
        Assert.Throws<ArgumentException>(() => computation.AddInPlace(ref leaf, y));
        using var packed = backend.Pack(x);
        Assert.Throws<InvalidOperationException>(() => computation.Linear(x, packed));
    }

    [Fact]
    public void Recording_ends_with_the_tape()
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        using var x = Numbers.Random(1, 2, 3);
        using var gradient = Tensor.Zeros(2, 3);
        Tape tape;
        using (tape = computation.Record())
        {
            tape.Watch(x, gradient);
            Assert.True(computation.IsRecording);
        }

        Assert.False(computation.IsRecording);
        computation.Add(x, x).Dispose();
        Assert.Equal(0, tape.Count);
    }
}
