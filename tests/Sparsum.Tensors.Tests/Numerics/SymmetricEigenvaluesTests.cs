using Sparsum.Tensors.Numerics;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Numerics;

public sealed class SymmetricEigenvaluesTests
{
    /// <summary>Around the width of the band, of a tile and of a square, where one of the stages begins or ends.</summary>
    public static TheoryData<int> Sizes => [1, 2, 3, 5, 31, 32, 33, 34, 35, 63, 64, 65, 66, 97, 130, 193, 260];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_spectrum_that_was_put_in_comes_out(int size)
    {
        var random = new Random(size);
        double[] expected = [.. Enumerable.Range(0, size).Select(_ => Math.Pow(10, (4 * random.NextDouble()) - 2) - 3)];
        using var matrix = WithSpectrum(expected, random);
        Array.Sort(expected);

        double[] actual = SymmetricEigenvalues.Compute(matrix, threads: 2);

        AssertClose(expected, actual, 1e-12 * expected.Max(Math.Abs));
    }

    [Fact]
    public void The_second_difference_has_its_cosines()
    {
        const int Size = 200;
        using var matrix = new DoubleMatrix(Size, Size);
        for (int i = 0; i < Size; i++)
        {
            matrix.Row(i)[i] = 2;
            if (i > 0)
            {
                matrix.Row(i)[i - 1] = -1;
            }
        }

        double[] actual = SymmetricEigenvalues.Compute(matrix, threads: 1);

        AssertClose([.. Enumerable.Range(1, Size).Select(k => 2 - (2 * Math.Cos(k * Math.PI / (Size + 1))))], actual, 1e-13);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(300)]
    public void Bits_do_not_depend_on_the_number_of_threads(int size)
    {
        double[] one = OfRandom(size, threads: 1);
        double[] three = OfRandom(size, threads: 3);

        Assert.Equal(one, three);
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(5, 3)]
    [InlineData(40, 70)]
    [InlineData(70, 40)]
    [InlineData(40, 1700)]
    [InlineData(1700, 40)]
    public void Squared_singular_values_are_those_of_the_plain_Gram_matrix(int rows, int columns)
    {
        using var matrix = Numbers.Random(rows + columns, rows, columns);
        int size = Math.Min(rows, columns);
        using var gram = new DoubleMatrix(size, size);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                for (int k = 0; k < Math.Max(rows, columns); k++)
                {
                    gram.Row(i)[j] += rows <= columns
                        ? (double)matrix.Row(i)[k] * matrix.Row(j)[k]
                        : (double)matrix.Row(k)[i] * matrix.Row(k)[j];
                }
            }
        }

        double[] expected = SymmetricEigenvalues.Compute(gram, threads: 1);

        double[] actual = SingularValues.Squares(matrix, threads: 2);

        AssertClose(expected, actual, 1e-13 * expected[^1]);
        double squares = matrix.Span.ToArray().Sum(value => (double)value * value);
        Assert.Equal(squares, actual.Sum(), 1e-12 * squares);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_refused()
    {
        using var matrix = new DoubleMatrix(40, 40);
        matrix.Row(39)[2] = double.NaN;

        Assert.Throws<ArithmeticException>(() => SymmetricEigenvalues.Compute(matrix, threads: 1));
    }

    [Fact]
    public void Only_square_matrices_have_them()
    {
        using var matrix = new DoubleMatrix(2, 3);

        Assert.Throws<ArgumentException>(() => SymmetricEigenvalues.Compute(matrix, threads: 1));
    }

    private static double[] OfRandom(int size, int threads)
    {
        using var matrix = new DoubleMatrix(size, size);
        var random = new Random(1);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                matrix.Row(i)[j] = random.NextDouble() - 0.5;
            }
        }

        return SymmetricEigenvalues.Compute(matrix, threads);
    }

    /// <summary>A diagonal turned by random reflections <c>I - 2uuᵀ</c> from both sides.</summary>
    private static DoubleMatrix WithSpectrum(double[] eigenvalues, Random random)
    {
        int size = eigenvalues.Length;
        var matrix = new DoubleMatrix(size, size);
        for (int i = 0; i < size; i++)
        {
            matrix.Row(i)[i] = eigenvalues[i];
        }

        for (int turn = 0; turn < 3; turn++)
        {
            double[] u = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)];
            double length = Math.Sqrt(u.Sum(value => value * value));
            double[] unit = [.. u.Select(value => value / length)];
            double[] p = new double[size];
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    p[i] += matrix.Row(i)[j] * unit[j];
                }
            }

            double along = p.Zip(unit, (a, b) => a * b).Sum();
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    matrix.Row(i)[j] += (4 * along * unit[i] * unit[j]) - (2 * p[i] * unit[j]) - (2 * unit[i] * p[j]);
                }
            }
        }

        return matrix;
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (index, (wanted, found)) in expected.Zip(actual).Index())
        {
            Assert.True(Math.Abs(wanted - found) <= tolerance, $"[{index}]: expected {wanted:R}, got {found:R}");
        }
    }
}
