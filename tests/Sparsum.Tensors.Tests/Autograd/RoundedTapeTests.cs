using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

/// <summary>What only gradients need, kept in bfloat16.</summary>
public sealed class RoundedTapeTests
{
    private const int Rows = 96;
    private const int Width = 64;

    [Fact]
    public void Gradients_are_those_at_the_rounded_values()
    {
        using var backend = new CpuBackend(2);
        using var input = Numbers.Random(1, Rows, Width);
        using var first = Numbers.Random(2, Width, Width);
        using var second = Numbers.Random(3, Width, Width);
        using var seed = Numbers.Random(4, Rows, Width);
        using var gradient = Tensor.Zeros(Width, Width);
        using var expected = Tensor.Zeros(Width, Width);
        using var inner = Tensor.Allocate(Rows, Width);
        backend.Linear(input, first, null, Activation.Identity, inner);
        using var rounded = StorageRounding.Round(inner, StorageType.BFloat16);
        backend.MatMul(MatrixProduct.TN, seed, rounded, expected);

        using var computation = new Computation(backend);
        using var tape = computation.Record(rounds: true);
        using var unused = Tensor.Zeros(Width, Width);
        tape.Watch(first, unused);
        tape.Watch(second, gradient);
        using (var hidden = computation.Linear(input, first))
        {
            using var output = computation.Linear(hidden, second);
            using var asUsual = Tensor.Allocate(Rows, Width);
            backend.Linear(inner, second, null, Activation.Identity, asUsual);
            Assert.Equal(asUsual.ToArray(), output.ToArray());
            tape.Seed(output, seed);
        }

        tape.Backward();
        Assert.Equal(expected.ToArray(), gradient.ToArray());
    }

    [Fact]
    public void Values_that_wait_take_half_of_the_memory_and_cannot_be_read()
    {
        using var backend = new ReferenceBackend();
        long exact = Waiting(rounds: false);
        Assert.Equal(exact / 2, Waiting(rounds: true));

        long Waiting(bool rounds)
        {
            using var computation = new Computation(backend);
            using var tape = computation.Record(rounds: rounds);
            using var input = Numbers.Random(1, 256, 256);
            using var gradient = Tensor.Zeros(256, 256);
            tape.Watch(input, gradient);
            var copy = computation.Copy(input);
            using var output = computation.Activate(Activation.Tanh, copy);
            copy.Dispose();
            if (rounds)
            {
                Assert.Throws<InvalidOperationException>(() => copy.ToArray());
            }

            // The result is out as well, and is no one's to round.
            return computation.Workspace.RentedBytes - (256 * 256 * sizeof(float));
        }
    }

    [Fact]
    public void A_loss_keeps_its_logits_as_they_are()
    {
        using var backend = new ReferenceBackend();
        Assert.Equal(Gradient(rounds: false), Gradient(rounds: true));

        float[] Gradient(bool rounds)
        {
            using var computation = new Computation(backend);
            using var tape = computation.Record(rounds: rounds);
            using var input = Numbers.Random(1, 64, 128);
            using var gradient = Tensor.Zeros(64, 128);
            tape.Watch(input, gradient);
            using (var logits = computation.Copy(input))
            {
                computation.CrossEntropy(logits, [.. Enumerable.Range(0, 64)]);
            }

            tape.Backward();
            return gradient.ToArray();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public unsafe void Words_are_those_of_a_plain_loop_and_widen_exactly(int threads)
    {
        using var reference = new ReferenceBackend();
        using var backend = new CpuBackend(threads);
        using var tensor = Numbers.Random(5, 3, 20_001);
        tensor.Span[7] = float.NaN;
        tensor.Span[8] = float.NegativeInfinity;
        tensor.Span[9] = 3.4e38f;
        using var words = new Memory.NativeBuffer(tensor.Length * sizeof(ushort));
        using var expected = new Memory.NativeBuffer(tensor.Length * sizeof(ushort));
        backend.Narrow(tensor, words);
        reference.Narrow(tensor, expected);
        var actual = new ReadOnlySpan<ushort>(words.Pointer, (int)tensor.Length);
        Assert.True(actual.SequenceEqual(new ReadOnlySpan<ushort>(expected.Pointer, (int)tensor.Length)));

        using var wide = Tensor.Allocate(3, 20_001);
        backend.Widen(words, wide);
        for (int i = 0; i < wide.Length; i++)
        {
            Assert.Equal((uint)actual[i] << 16, BitConverter.SingleToUInt32Bits(wide.Span[i]));
        }
    }
}
