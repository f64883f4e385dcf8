using System.Runtime.Intrinsics;
using Sparsum.Tensors.Numerics.Doubles;

namespace Sparsum.Tensors.Numerics;

/// <summary>
/// The Cholesky factorisation <c>A = L·Lᵀ</c> in double precision, and the inverse of <c>L</c>. Blocked: nearly all of the work is matrix
/// products. Every element is updated in the order of the blocks, so the bits do not depend on the number of threads.
/// </summary>
public static class Cholesky
{
    /// <summary>
    /// Replaces the lower triangle of a symmetric matrix by its factor; what is above the diagonal is neither read nor written.
    /// </summary>
    /// <param name="matrix">The matrix <c>[n, n]</c>.</param>
    /// <param name="threads">Most threads to use.</param>
    /// <returns>
    /// -1, or the row where a pivot is not a positive number: the matrix is then not positive definite and its lower triangle is spoilt.
    /// </returns>
    /// <exception cref="ArgumentException">The matrix is not square.</exception>
    public static int Factor(DoubleMatrix matrix, int threads)
    {
        RequireSquare(matrix);
        return Vector512.IsHardwareAccelerated ? new BlockedCholesky<Double512>(matrix, threads).Factor()
            : Vector256.IsHardwareAccelerated ? new BlockedCholesky<Double256>(matrix, threads).Factor()
            : new BlockedCholesky<Double128>(matrix, threads).Factor();
    }

    /// <summary>Replaces a lower triangle by its inverse; what is above the diagonal is neither read nor written.</summary>
    /// <param name="matrix">The matrix <c>[n, n]</c>, without zeros on the diagonal.</param>
    /// <param name="threads">Most threads to use.</param>
    /// <exception cref="ArgumentException">The matrix is not square.</exception>
    public static void InvertLower(DoubleMatrix matrix, int threads)
    {
        RequireSquare(matrix);
        if (Vector512.IsHardwareAccelerated)
        {
            new BlockedInverse<Double512>(matrix, threads).Invert();
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            new BlockedInverse<Double256>(matrix, threads).Invert();
        }
        else
        {
            new BlockedInverse<Double128>(matrix, threads).Invert();
        }
    }

    private static void RequireSquare(DoubleMatrix matrix)
    {
        if (matrix.Rows != matrix.Columns)
        {
            throw new ArgumentException($"{matrix} is not square.", nameof(matrix));
        }
    }
}
