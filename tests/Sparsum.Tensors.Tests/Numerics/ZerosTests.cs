using Sparsum.Tensors.Numerics;
using Xunit;

namespace Sparsum.Tensors.Tests.Numerics;

/// <summary>Counts against plain loops, over every length up to several vectors.</summary>
public class ZerosTests
{
    private static readonly float[] Values = [0, -0f, float.Epsilon, -float.Epsilon, 1e-4f, -1e-4f, 9.9999e-5f, 1, -2, float.NaN, float.PositiveInfinity];

    [Fact]
    public void Rows_of_every_length()
    {
        var random = new Random(7);
        for (int length = 0; length <= 100; length++)
        {
            float[] row = [.. Enumerable.Range(0, length).Select(_ => Values[random.Next(Values.Length)])];

            Assert.Equal(row.Count(value => value == 0), Zeros.Count(row));
            Assert.Equal(Zeros.Count(row), Zeros.CountBelow(row, Zeros.Exact));
            Assert.Equal(row.Count(value => Math.Abs(value) < 1e-4f), Zeros.CountBelow(row, 1e-4f));
        }
    }

    [Fact]
    public void Rows_and_columns_of_a_part()
    {
        using var weight = Tensor.From([1, 0, 2, 0, 0, -0f, 3, 4, 0.5f, 0, 0, 6], 3, 4);

        Assert.Equal(6, Zeros.Count(weight));
        Assert.Equal(7, Zeros.CountBelow(weight, 1));
        Check([2, 2, 2], [2, 0, 2, 2], Zeros.Degrees(weight));
        Check([2, 2, 1], [1, 0, 2, 2], Zeros.Degrees(weight, 1));
        Check([0, 1, 1], [1, 0, 1, 0], Zeros.Degrees(weight, rows: [1, 2], columns: [0, 2]));

        static void Check(int[] rows, int[] columns, (int[] Rows, int[] Columns) actual)
        {
            Assert.Equal(rows, actual.Rows);
            Assert.Equal(columns, actual.Columns);
        }
    }
}
