namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Splits long loops into pieces for a pool: large enough to be worth handing over, and the same for any number of threads.</summary>
internal static class Ranges
{
    /// <summary>Floats per piece: 64 KiB, so that what a piece reads twice stays in cache.</summary>
    private const int PieceLength = 1 << 14;

    /// <summary>How many rows of <paramref name="width"/> floats make a piece.</summary>
    public static int RowsPerPiece(long width) => (int)Math.Max(1, PieceLength / Math.Max(1, width));

    /// <summary>Runs <c>body(start, count)</c> over all of 0 to <paramref name="length"/> - 1.</summary>
    /// <param name="pool">Where the pieces run; a single piece runs on the caller alone.</param>
    /// <param name="length">Number of rows or elements.</param>
    /// <param name="width">Floats that one of them stands for.</param>
    /// <param name="body">Computes one range.</param>
    public static void For(WorkerPool pool, long length, long width, Action<long, long> body)
    {
        long step = RowsPerPiece(width);
        if (length <= step)
        {
            if (length > 0)
            {
                body(0, length);
            }

            return;
        }

        pool.For(checked((int)((length + step - 1) / step)), new RangeJob(length, step, body));
    }

    private sealed class RangeJob(long length, long step, Action<long, long> body) : PoolJob
    {
        /// <inheritdoc/>
        public override void Execute(int piece, int worker) => body(piece * step, Math.Min(step, length - (piece * step)));
    }
}
