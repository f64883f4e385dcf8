using System.Numerics.Tensors;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>The unblocked steps on a square that fits in cache.</summary>
internal static unsafe class SmallTriangle
{
    /// <summary>
    /// The Cholesky factor in place of the lower triangle, row by row; what is above the diagonal is neither read nor written.
    /// </summary>
    /// <returns>The row whose pivot is not positive, or -1.</returns>
    public static int Factor(double* square, nint stride, int size)
    {
        for (int i = 0; i < size; i++)
        {
            double* row = square + (i * stride);
            for (int j = 0; j < i; j++)
            {
                double* other = square + (j * stride);
                row[j] = (row[j] - Dot(row, other, j)) / other[j];
            }

            double pivot = row[i] - Dot(row, row, i);
            if (!(pivot > 0 && double.IsFinite(pivot)))
            {
                return i;
            }

            row[i] = Math.Sqrt(pivot);
        }

        return -1;
    }

    /// <summary>Writes the inverse of a lower triangle into a square of zeros.</summary>
    public static void Invert(double* square, nint stride, int size, double* inverse, nint inverseStride)
    {
        for (int i = 0; i < size; i++)
        {
            double* row = square + (i * stride);
            var result = new Span<double>(inverse + (i * inverseStride), i + 1);
            for (int k = 0; k < i; k++)
            {
                TensorPrimitives.MultiplyAdd(
                    new ReadOnlySpan<double>(inverse + (k * inverseStride), k + 1), -row[k], result[..(k + 1)], result[..(k + 1)]);
            }

            result[i] = 1;
            TensorPrimitives.Divide(result, row[i], result);
        }
    }

    private static double Dot(double* left, double* right, int count) =>
        TensorPrimitives.Dot(new ReadOnlySpan<double>(left, count), new ReadOnlySpan<double>(right, count));
}
