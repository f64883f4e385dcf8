using Sparsum.Tensors;
using Xunit;

namespace Sparsum.Testing;

/// <summary>Seeded test data and comparisons that name the worst element.</summary>
public static class Numbers
{
    /// <summary>A tensor of uniform values in [-1, 1).</summary>
    public static Tensor Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        var tensor = Tensor.Allocate(shape);
        foreach (ref float value in tensor.Span)
        {
            value = (random.NextSingle() * 2) - 1;
        }

        return tensor;
    }

    /// <summary>Fails unless every element is within <paramref name="tolerance"/> (absolute); NaN never is.</summary>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what = "value")
    {
        Assert.Equal(expected.Length, actual.Length);
        int worst = -1;
        double largest = tolerance;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            if (!(difference <= largest))
            {
                largest = double.IsNaN(difference) ? double.MaxValue : difference;
                worst = i;
            }
        }

        Assert.True(
            worst < 0,
            worst < 0 ? "" : $"{what}[{worst}]: expected {expected[worst]:R}, got {actual[worst]:R}, tolerance {tolerance:R}");
    }
}
