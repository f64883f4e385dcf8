namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Threads that run the pieces of one operation.</summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>Creates a pool of <paramref name="threads"/> threads, the caller's included.</summary>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
    }

    /// <summary>Number of threads, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Runs <c>body(piece, worker)</c> for every piece from 0 to <paramref name="pieces"/> - 1, each exactly once, on any of the threads;
    /// returns when all are done. <c>worker</c> is below <see cref="Threads"/> and names the thread, for its scratch memory. What a piece
    /// writes may not depend on which worker runs it. An exception of a piece is rethrown to the caller.
    /// </summary>
    public void For(int pieces, Action<int, int> body)
    {
        for (int piece = 0; piece < pieces; piece++)
        {
            body(piece, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
