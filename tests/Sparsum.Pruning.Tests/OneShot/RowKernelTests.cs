using Sparsum.Pruning.OneShot.Masks;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class RowKernelTests
{
    public static TheoryData<int> Lengths => [0, 1, 7, 8, 9, 16, 31, 33, 200];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Scores_are_products_of_magnitudes_to_the_last_bit(int length)
    {
        var random = new Random(length);
        float[] weights = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
        float[] factors = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())];
        float[] magnitudes = new float[length];
        float[] products = new float[length];

        RowKernels.Magnitudes(weights, magnitudes);
        RowKernels.Magnitudes(weights, factors, products);

        Assert.Equal(weights.Select(Math.Abs), magnitudes);
        Assert.Equal(weights.Zip(factors, (weight, factor) => Math.Abs(weight) * factor), products);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_NaN_is_found_wherever_it_is(int length)
    {
        float[] values = new float[length];
        Array.Fill(values, float.PositiveInfinity);
        Assert.False(RowKernels.HasNaN(values));
        for (int i = 0; i < length; i++)
        {
            values[i] = float.NaN;
            Assert.True(RowKernels.HasNaN(values));
            values[i] = -1;
        }
    }

    [Fact]
    public void A_row_with_fewer_factors_or_less_room_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RowKernels.Magnitudes(new float[9], new float[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RowKernels.Magnitudes(new float[9], new float[8], new float[9]));
    }
}
