using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

/// <summary>With rowwise products a token has the bits that it has alone, in every storage and beside any number of others.</summary>
public class RowwiseLinearTests
{
    public static TheoryData<StorageType?, double> Weights
    {
        get
        {
            var data = new TheoryData<StorageType?, double>();
            foreach (double zeros in new[] { 0, 0.9 })
            {
                data.Add(null, zeros);
                foreach (var storage in Enum.GetValues<StorageType>())
                {
                    data.Add(storage, zeros);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Weights))]
    public void A_token_has_the_bits_that_it_has_alone(StorageType? storage, double zeros)
    {
        const int Inputs = 1100;
        foreach (int outputs in new[] { 33, 256 })
        {
            using var backend = new CpuBackend(2);
            using var weight = Numbers.Random(1, outputs, Inputs);
            var random = new Random(2);
            foreach (ref float value in weight.Span)
            {
                value = random.NextDouble() < zeros ? 0 : value;
            }

            using var bias = Numbers.Random(3, outputs);
            using var input = Numbers.Random(4, 40, Inputs);
            using var packed = storage is { } type ? backend.Pack(weight, type) : null;
            float[] Run(int first, int count)
            {
                using var output = Tensor.Allocate(count, outputs);
                if (packed is null)
                {
                    backend.Linear(input.Rows(first, count), weight, bias, Activation.Silu, output, rowwise: true);
                }
                else
                {
                    backend.Linear(input.Rows(first, count), packed, bias, Activation.Silu, output, rowwise: true);
                }

                return output.ToArray();
            }

            float[] alone = [.. Enumerable.Range(0, 40).SelectMany(row => Run(row, 1))];
            foreach (int count in new[] { 2, 3, 5, 8, 13, 40 })
            {
                for (int first = 0; first + count <= 40; first += count)
                {
                    Assert.Equal(alone[(first * outputs)..((first + count) * outputs)], Run(first, count));
                }
            }
        }
    }
}
