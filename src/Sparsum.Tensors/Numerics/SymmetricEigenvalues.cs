using System.Runtime.Intrinsics;
using Sparsum.Tensors.Numerics.Doubles;

namespace Sparsum.Tensors.Numerics;

/// <summary>
/// All eigenvalues of a symmetric matrix in double precision: to a band by matrix products, to three diagonals by chasing bulges, then the
/// QL iteration. About <c>2n³</c> operations, nearly all in the first stage, which runs on several threads; the bits do not depend on how
/// many.
/// </summary>
public static class SymmetricEigenvalues
{
    private const int BandWidth = 32;

    /// <summary>The eigenvalues, ascending. The absolute error is a small multiple of the unit roundoff times the largest.</summary>
    /// <param name="matrix">The matrix <c>[n, n]</c>, of which the lower triangle is read; it is spoilt.</param>
    /// <param name="threads">Most threads to use.</param>
    /// <exception cref="ArgumentException">The matrix is not square.</exception>
    /// <exception cref="ArithmeticException">It holds numbers that are not finite.</exception>
    public static double[] Compute(DoubleMatrix matrix, int threads)
    {
        if (matrix.Rows != matrix.Columns)
        {
            throw new ArgumentException($"{matrix} is not square.", nameof(matrix));
        }

        int width = Math.Clamp(matrix.Rows - 1, 1, BandWidth);
        matrix.MirrorLower();
        if (Vector512.IsHardwareAccelerated)
        {
            BandReduction<Double512>.Reduce(matrix, width, threads);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            BandReduction<Double256>.Reduce(matrix, width, threads);
        }
        else
        {
            BandReduction<Double128>.Reduce(matrix, width, threads);
        }

        var (diagonal, lower) = BandTridiagonalization.Reduce(matrix, width);
        TridiagonalEigenvalues.Solve(diagonal, lower);
        return diagonal;
    }
}
