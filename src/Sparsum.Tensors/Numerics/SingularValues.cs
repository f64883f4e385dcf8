using System.Runtime.Intrinsics;
using Sparsum.Tensors.Memory;
using Sparsum.Tensors.Numerics.Doubles;

namespace Sparsum.Tensors.Numerics;

/// <summary>Singular values by way of the smaller of the two Gram matrices, whose products and sums are in double precision.</summary>
public static unsafe class SingularValues
{
    private const int Chunk = 768;

    /// <summary>
    /// The squares of all <c>min(R, C)</c> singular values, ascending; those of a matrix of lower rank may come out as tiny numbers of either
    /// sign.
    /// </summary>
    /// <param name="matrix">The matrix <c>[R, C]</c>.</param>
    /// <param name="threads">Most threads to use.</param>
    /// <exception cref="ArithmeticException">It holds numbers that are not finite.</exception>
    public static double[] Squares(Tensor matrix, int threads)
    {
        using var gram = new DoubleMatrix(Math.Min(matrix.RowCount, matrix.Columns), Math.Min(matrix.RowCount, matrix.Columns));
        if (Vector512.IsHardwareAccelerated)
        {
            AddGram<Double512>(matrix, gram, threads);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            AddGram<Double256>(matrix, gram, threads);
        }
        else
        {
            AddGram<Double128>(matrix, gram, threads);
        }

        return SymmetricEigenvalues.Compute(gram, threads);
    }

    /// <summary>Memory that a matrix of this shape takes, in bytes: the Gram matrix, a widened chunk, packed panels and reflections.</summary>
    public static long EstimateBytes(int rows, int columns)
    {
        long size = Math.Min(rows, columns);
        return ((size * size) + (size * (Chunk + 512))) * sizeof(double);
    }

    /// <summary>Floating-point operations that a matrix of this shape takes, nearly all in matrix products.</summary>
    public static double EstimateWork(int rows, int columns)
    {
        double size = Math.Min(rows, columns);
        return (size * size * Math.Max(rows, columns)) + (2 * size * size * size);
    }

    /// <summary>The lower triangle of <c>M·Mᵀ</c> or <c>Mᵀ·M</c>, widened to double a chunk at a time.</summary>
    private static void AddGram<T>(Tensor matrix, DoubleMatrix gram, int threads)
        where T : struct, IDoubleVector<T>
    {
        int size = gram.Rows;
        bool isWide = matrix.RowCount <= matrix.Columns;
        int depth = isWide ? matrix.Columns : matrix.RowCount;
        using var buffer = new NativeBuffer((long)size * Chunk * sizeof(double));
        double* wide = (double*)buffer.Pointer;
        for (int start = 0; start < depth; start += Chunk)
        {
            int count = Math.Min(Chunk, depth - start);
            for (int row = 0; row < (isWide ? size : count); row++)
            {
                var source = isWide ? matrix.Row(row).Slice(start, count) : matrix.Row(start + row);
                var target = new Span<double>(wide + ((long)row * source.Length), source.Length);
                System.Numerics.Tensors.TensorPrimitives.ConvertChecked<float, double>(source, target);
            }

            var operand = isWide ? DoubleOperand.Rows(wide, count) : DoubleOperand.Columns(wide, size);
            DoubleProduct<T>.Add(operand, operand, 1, gram.Pointer, size, size, size, count, lowerOnly: true, threads);
        }
    }
}
