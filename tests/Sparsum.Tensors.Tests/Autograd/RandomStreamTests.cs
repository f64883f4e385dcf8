using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

public class RandomStreamTests
{
    /// <summary>The known answers that the authors of Philox publish for philox4x32 with ten rounds.</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Known_answers(uint a, uint b, uint c, uint d, uint k, uint l, uint w, uint x, uint y, uint z) =>
        Assert.Equal((w, x, y, z), RandomStream.Rounds((a, b, c, d), (k, l)));

    [Fact]
    public void Dropout_zeroes_its_share_and_keeps_the_mean()
    {
        foreach (IBackend backend in new IBackend[] { new ReferenceBackend(), new CpuBackend(1), new CpuBackend(3) })
        {
            using (backend)
            {
                using var ones = Tensor.Allocate(333, 303);
                ones.Span.Fill(1);
                backend.Dropout(ones, 0.3f, new RandomStream(5, 9));
                Assert.InRange(ones.ToArray().Count(value => value == 0) / (333.0 * 303), 0.295, 0.305);
                Assert.All(ones.ToArray(), value => Assert.True(value == 0 || Math.Abs(value - (1 / 0.7)) < 1e-5));
                using var expected = Tensor.Allocate(333, 303);
                expected.Span.Fill(1);
                new ReferenceBackend().Dropout(expected, 0.3f, new RandomStream(5, 9));
                Assert.Equal(expected.ToArray(), ones.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    public void A_share_of_a_batch_drops_what_the_batch_drops_of_it_and_of_its_gradient(int first, int count)
    {
        // Five sequences of 7 rows and 19 columns: shares begin within groups of 128 elements.
        const int Rows = 7;
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        using var tape = computation.Record(seed: 3);
        using var input = Numbers.Random(1, 5 * Rows, 19);
        using var gradient = Tensor.Zeros(5 * Rows, 19);
        using var ones = Tensor.Allocate(5 * Rows, 19);
        ones.Span.Fill(1);
        float[] Drop(Tensor part, Tensor onPart, Tensor seed)
        {
            tape.Watch(part, onPart);
            var dropped = computation.Copy(part);
            computation.DropoutInPlace(ref dropped, 0.4f);
            tape.Seed(dropped, seed);
            tape.Backward();
            tape.Unwatch();
            using (dropped)
            {
                return dropped.ToArray();
            }
        }

        tape.BeginStep(4);
        float[] whole = Drop(input, gradient, ones);
        using var share = input.Rows(first * Rows, count * Rows).Clone();
        using var onShare = Tensor.Zeros(share.Shape);
        using var seeds = ones.Rows(first * Rows, count * Rows).Clone();
        tape.BeginStep(4);
        tape.BeginShare(first, count);
        float[] own = Drop(share, onShare, seeds);

        Assert.Equal(whole.Skip(first * Rows * 19).Take(count * Rows * 19), own);
        Assert.Equal(gradient.Rows(first * Rows, count * Rows).ToArray(), onShare.ToArray());
        using var odd = Tensor.Zeros((count * Rows) + 1, 3);
        Assert.True(count == 1 || Assert.Throws<InvalidOperationException>(() => Drop(odd, odd, odd)) is not null);
    }

    [Fact]
    public void Dropout_drops_the_same_from_the_gradient_and_anew_in_each_step_and_call()
    {
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        using var tape = computation.Record(seed: 3);
        using var input = Numbers.Random(1, 40, 50);
        using var gradient = Tensor.Zeros(40, 50);
        using var ones = Tensor.Allocate(40, 50);
        ones.Span.Fill(1);
        tape.Watch(input, gradient);
        var seen = new List<float[]>();
        foreach (int step in new[] { 0, 1, 0 })
        {
            tape.BeginStep(step);
            for (int call = 0; call < 2; call++)
            {
                gradient.Clear();
                var dropped = computation.Copy(input);
                computation.DropoutInPlace(ref dropped, 0.5f);
                tape.Seed(dropped, ones);
                tape.Backward();
                Assert.Equal(dropped.ToArray().Select(value => value != 0), gradient.ToArray().Select(value => value != 0));
                seen.Add(gradient.ToArray());
                dropped.Dispose();
            }
        }

        Assert.Equal(seen[0], seen[4]);
        Assert.Equal(seen[1], seen[5]);
        Assert.Equal(4, seen.Take(4).Select(mask => string.Join(',', mask)).Distinct().Count());
    }

    /// <summary>With equal scores and values of one, a context is the share of its keys that are left, divided by what is expected.</summary>
    [Fact]
    public void Attention_drops_its_share_of_the_probabilities_in_training_alone()
    {
        foreach (IBackend backend in new IBackend[] { new ReferenceBackend(), new CpuBackend(2) })
        {
            using (backend)
            {
                using var computation = new Computation(backend);
                using var zeros = Tensor.Zeros(2 * 90, 4);
                using var ones = Tensor.Allocate(2 * 90, 4);
                ones.Span.Fill(1);
                var options = new AttentionOptions
                {
                    Batch = 2,
                    QueryLength = 90,
                    KeyLength = 90,
                    KeyCapacity = 90,
                    HeadCount = 2,
                    KeyValueHeadCount = 2,
                    HeadSize = 2,
                    Scale = 1,
                };
                using var tape = computation.Record(seed: 8);
                using var context = computation.Attention(zeros, zeros, ones, null, options, 0.25f);
                float[] shares = [.. context.ToArray().Select(value => value * 0.75f)];
                Assert.Equal(0.75, shares.Average(), 0.01);
                Assert.InRange(shares.Distinct().Count(), 10, 60);
                Assert.All(shares, share => Assert.Equal(MathF.Round(share * 90), share * 90, 1e-3));
                using var again = computation.Attention(zeros, zeros, ones, null, options, 0.25f);
                Assert.NotEqual(context.ToArray(), again.ToArray());
                tape.Dispose();
                using var whole = computation.Attention(zeros, zeros, ones, null, options, 0.25f);
                Numbers.AssertClose(ones.Span, whole.Span, 1e-6);
            }
        }
    }

    [Fact]
    public void Dropout_drops_nothing_unless_the_tape_records_training()
    {
        using var backend = new CpuBackend(1);
        using var computation = new Computation(backend);
        using var tape = computation.Record(isTraining: false);
        using var input = Numbers.Random(1, 4, 5);
        var kept = computation.Copy(input);
        computation.DropoutInPlace(ref kept, 0.5f);
        Assert.Equal(input.ToArray(), kept.ToArray());
        kept.Dispose();
    }
}
