using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// Sums down the columns of a matrix whose rows are split among threads. Every piece of rows adds to sums of its own, and these are added
/// in the order of the pieces, which depend on the shape alone.
/// </summary>
internal sealed unsafe class ColumnReduction(WorkerPool pool) : IDisposable
{
    private const long SmallestPiece = 1 << 14;
    private const long LargestPieceCount = 32;

    private readonly ScratchBuffer partials = new();

    /// <summary>Computes rows from <c>start</c> on and adds to sums that are 0 at first.</summary>
    public delegate void Piece(long start, long count, float* sums);

    /// <summary>Runs all pieces and adds their sums to <paramref name="results"/>.</summary>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Floats of a row.</param>
    /// <param name="results">One tensor for each group of <paramref name="columns"/> sums; null where a group is not wanted.</param>
    /// <param name="piece">Computes some rows.</param>
    public void Run(long rows, int columns, ReadOnlySpan<Tensor?> results, Piece piece)
    {
        long step = Math.Max(Math.Max(1, SmallestPiece / Math.Max(1, columns)), (rows + LargestPieceCount - 1) / LargestPieceCount);
        int pieces = checked((int)((rows + step - 1) / step));
        int width = columns * results.Length;
        float* sums = partials.Floats((long)pieces * width);
        pool.For(pieces, (index, _) =>
        {
            float* own = sums + ((long)index * width);
            new Span<float>(own, width).Clear();
            piece(index * step, Math.Min(step, rows - (index * step)), own);
        });

        for (int group = 0; group < results.Length; group++)
        {
            if (results[group] is { } result)
            {
                Add(sums + (group * columns), pieces, width, result.Pointer, columns);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => partials.Dispose();

    private static void Add(float* sums, int pieces, int stride, float* result, int columns)
    {
        for (int column = 0; column < columns; column++)
        {
            double sum = 0;
            for (int index = 0; index < pieces; index++)
            {
                sum += sums[((long)index * stride) + column];
            }

            result[column] = (float)(result[column] + sum);
        }
    }
}
