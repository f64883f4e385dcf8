using Sparsum.Tensors.Numerics;
using Sparsum.Tensors.Numerics.Doubles;
using Xunit;

namespace Sparsum.Tensors.Tests.Numerics;

/// <summary>Factor and inverse against their definitions, in plain loops, around every size where a block or a tile begins or ends.</summary>
public sealed class CholeskyTests
{
    public static TheoryData<int> Sizes => [1, 2, 5, 6, 7, 15, 16, 17, 47, 191, 192, 193, 200, 385, 577];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_factor_times_its_transpose_is_the_matrix(int size)
    {
        using var matrix = Positive(size, seed: size);
        double[][] before = Copy(matrix);

        Assert.Equal(-1, Cholesky.Factor(matrix, threads: 2));

        double largest = before.SelectMany(row => row).Max(Math.Abs);
        for (int i = 0; i < size; i++)
        {
            Assert.True(matrix.Row(i)[i] > 0);
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int k = 0; k <= j; k++)
                {
                    sum += matrix.Row(i)[k] * matrix.Row(j)[k];
                }

                Assert.Equal(before[i][j], sum, 1e-13 * largest * Math.Sqrt(size));
            }
        }

        AssertUpperUnchanged(before, matrix);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_triangle_times_its_inverse_is_one(int size)
    {
        using var matrix = Positive(size, seed: size + 1);
        Cholesky.Factor(matrix, threads: 1);
        double[][] factor = Copy(matrix);

        Cholesky.InvertLower(matrix, threads: 2);

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int k = j; k <= i; k++)
                {
                    sum += factor[i][k] * matrix.Row(k)[j];
                }

                Assert.Equal(i == j ? 1 : 0, sum, 1e-12);
            }
        }

        AssertUpperUnchanged(factor, matrix);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(250)]
    [InlineData(400)]
    public void A_matrix_that_is_not_positive_definite_names_the_row(int row)
    {
        using var matrix = Positive(420, seed: 5);
        matrix.Row(row)[row] = -1;
        Assert.Equal(row, Cholesky.Factor(matrix, threads: 2));

        using var undefined = Positive(420, seed: 5);
        undefined.Row(row)[row] = double.NaN;
        Assert.Equal(row, Cholesky.Factor(undefined, threads: 2));
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var one = Positive(600, seed: 9);
        using var three = Positive(600, seed: 9);

        Cholesky.Factor(one, 1);
        Cholesky.InvertLower(one, 1);
        Cholesky.Factor(three, 3);
        Cholesky.InvertLower(three, 3);

        Assert.Equal(Copy(one), Copy(three));
    }

    [Fact]
    public void Every_width_of_vectors_gives_the_same_factor()
    {
        using var narrow = Positive(250, seed: 4);
        using var middle = Positive(250, seed: 4);
        using var wide = Positive(250, seed: 4);

        Assert.Equal(-1, new BlockedCholesky<Double128>(narrow, 1).Factor());
        Assert.Equal(-1, new BlockedCholesky<Double256>(middle, 1).Factor());
        Assert.Equal(-1, new BlockedCholesky<Double512>(wide, 1).Factor());
        new BlockedInverse<Double128>(narrow, 1).Invert();
        new BlockedInverse<Double256>(middle, 1).Invert();
        new BlockedInverse<Double512>(wide, 1).Invert();

        Assert.Equal(Copy(narrow), Copy(middle));
        Assert.Equal(Copy(narrow), Copy(wide));
    }

    [Fact]
    public void Only_square_matrices_are_factored()
    {
        using var matrix = new DoubleMatrix(2, 3);

        Assert.Throws<ArgumentException>(() => Cholesky.Factor(matrix, 1));
        Assert.Throws<ArgumentException>(() => Cholesky.InvertLower(matrix, 1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 3)]
    [InlineData(5, 7)]
    public void Turning_reverses_rows_and_columns(int rows, int columns)
    {
        using var matrix = new DoubleMatrix(rows, columns);
        for (int i = 0; i < rows * columns; i++)
        {
            matrix.Row(i / columns)[i % columns] = i;
        }

        double[] expected = [.. Copy(matrix).SelectMany(row => row).Reverse()];
        matrix.Turn();

        Assert.Equal(expected, Copy(matrix).SelectMany(row => row));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(100)]
    public void Mirroring_makes_a_matrix_symmetric(int size)
    {
        using var matrix = Positive(size, seed: 2);
        double[][] before = Copy(matrix);

        matrix.MirrorLower();

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Assert.Equal(before[i][j], matrix.Row(i)[j]);
                Assert.Equal(before[i][j], matrix.Row(j)[i]);
            }
        }
    }

    /// <summary>A lower triangle of <c>XᵀX + I</c>, with numbers above it that nobody may touch.</summary>
    private static DoubleMatrix Positive(int size, int seed)
    {
        var random = new Random(seed);
        double[][] x = [.. Enumerable.Range(0, size).Select(_ => Enumerable.Range(0, 20).Select(_ => random.NextDouble() - 0.5).ToArray())];
        var matrix = new DoubleMatrix(size, size);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                matrix.Row(i)[j] = j > i ? 1000 + i - j : x[i].Zip(x[j], (a, b) => a * b).Sum() + (i == j ? 1 : 0);
            }
        }

        return matrix;
    }

    private static void AssertUpperUnchanged(double[][] before, DoubleMatrix after)
    {
        for (int i = 0; i < before.Length; i++)
        {
            Assert.Equal(before[i][(i + 1)..], after.Row(i)[(i + 1)..].ToArray());
        }
    }

    private static double[][] Copy(DoubleMatrix matrix) => [.. Enumerable.Range(0, matrix.Rows).Select(i => matrix.Row(i).ToArray())];
}
