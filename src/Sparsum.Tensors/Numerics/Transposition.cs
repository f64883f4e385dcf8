namespace Sparsum.Tensors.Numerics;

/// <summary>Copies a matrix into its transpose.</summary>
public static unsafe class Transposition
{
    /// <summary>Side of the squares that are turned one by one: the rows of both sides stay in a first-level cache.</summary>
    private const int Side = 32;

    /// <summary><c>target = sourceᵀ</c>.</summary>
    /// <param name="source">A matrix <c>[rows, columns]</c>.</param>
    /// <param name="target">A matrix <c>[columns, rows]</c> in other memory.</param>
    /// <param name="threads">Most threads to use.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Transpose(Tensor source, Tensor target, int threads)
    {
        int rows = source.RowCount;
        int columns = source.Columns;
        if (target.RowCount != columns || target.Columns != rows)
        {
            throw new ArgumentException($"{target} is not the shape of {source} transposed.", nameof(target));
        }

        float* from = source.Pointer;
        float* to = target.Pointer;
        Parallel.For(0, (rows + Side - 1) / Side, new ParallelOptions { MaxDegreeOfParallelism = threads }, band =>
        {
            int top = band * Side;
            int bottom = Math.Min(rows, top + Side);
            for (int left = 0; left < columns; left += Side)
            {
                for (int c = left; c < Math.Min(columns, left + Side); c++)
                {
                    for (int r = top; r < bottom; r++)
                    {
                        to[((long)c * rows) + r] = from[((long)r * columns) + c];
                    }
                }
            }
        });
    }
}
