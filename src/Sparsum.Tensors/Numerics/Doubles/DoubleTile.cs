using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>
/// The innermost product in double precision: 6 rows by two registers of results, which stay in registers while packed panels of both
/// operands stream past (Goto and van de Geijn 2008).
/// </summary>
internal static unsafe class DoubleTile<T>
    where T : struct, IDoubleVector<T>
{
    /// <summary>Rows of a tile; width of a panel of the left operand.</summary>
    public const int Rows = 6;

    /// <summary>Columns of a tile; width of a panel of the right operand.</summary>
    public static int Columns => 2 * T.Count;

    /// <summary><c>C = factor * A·B</c>, or <c>C += factor * A·B</c>, for the part of a tile that is wanted.</summary>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="a">A panel <c>[depth, Rows]</c>.</param>
    /// <param name="b">A panel <c>[depth, Columns]</c>.</param>
    /// <param name="factor">Multiplies the product.</param>
    /// <param name="c">The first element of the tile.</param>
    /// <param name="stride">Doubles from one row of C to the next.</param>
    /// <param name="rows">Rows that are wanted.</param>
    /// <param name="columns">Columns that are wanted in the first row; below 1 for none.</param>
    /// <param name="slope">How many more are wanted in each next row: 1 along a diagonal, 0 elsewhere.</param>
    /// <param name="accumulate">Whether the product is added to what C holds.</param>
    public static void Multiply(
        nint depth, double* a, double* b, double factor, double* c, nint stride, int rows, int columns, int slope, bool accumulate)
    {
        double* tile = stackalloc double[Rows * 16];
        Product(depth, a, b, tile);
        var scale = T.Create(factor);
        for (int i = 0; i < rows; i++, c += stride, tile += Columns, columns += slope)
        {
            if (columns >= Columns)
            {
                var left = accumulate ? T.Load(c) : default;
                var right = accumulate ? T.Load(c + T.Count) : default;
                T.MultiplyAdd(scale, T.Load(tile), left).Store(c);
                T.MultiplyAdd(scale, T.Load(tile + T.Count), right).Store(c + T.Count);
                continue;
            }

            for (int j = 0; j < columns; j++)
            {
                c[j] = Math.FusedMultiplyAdd(factor, tile[j], accumulate ? c[j] : 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Product(nint depth, double* a, double* b, double* tile)
    {
        T c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        T c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (double* end = a + (depth * Rows); a < end; a += Rows, b += 2 * T.Count)
        {
            var left = T.Load(b);
            var right = T.Load(b + T.Count);
            var x = T.Create(a[0]);
            c00 = T.MultiplyAdd(x, left, c00);
            c01 = T.MultiplyAdd(x, right, c01);
            x = T.Create(a[1]);
            c10 = T.MultiplyAdd(x, left, c10);
            c11 = T.MultiplyAdd(x, right, c11);
            x = T.Create(a[2]);
            c20 = T.MultiplyAdd(x, left, c20);
            c21 = T.MultiplyAdd(x, right, c21);
            x = T.Create(a[3]);
            c30 = T.MultiplyAdd(x, left, c30);
            c31 = T.MultiplyAdd(x, right, c31);
            x = T.Create(a[4]);
            c40 = T.MultiplyAdd(x, left, c40);
            c41 = T.MultiplyAdd(x, right, c41);
            x = T.Create(a[5]);
            c50 = T.MultiplyAdd(x, left, c50);
            c51 = T.MultiplyAdd(x, right, c51);
        }

        Store(tile, 0, c00, c01);
        Store(tile, 1, c10, c11);
        Store(tile, 2, c20, c21);
        Store(tile, 3, c30, c31);
        Store(tile, 4, c40, c41);
        Store(tile, 5, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(double* tile, int row, T left, T right)
    {
        left.Store(tile + (row * Columns));
        right.Store(tile + (row * Columns) + T.Count);
    }
}
