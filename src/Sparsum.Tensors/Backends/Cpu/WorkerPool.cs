using System.Runtime.ExceptionServices;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// Threads that run the pieces of one operation. They wait for work by spinning for a bounded time, so that operations which follow
/// each other start within a fraction of a microsecond, and then sleep. Several callers may use one pool; their operations run one
/// after the other. A piece that itself calls <see cref="For(int, PoolJob)"/> runs the inner pieces on its own thread.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 20_000;
    private const int SpinsBetweenYields = 128;

    /// <summary>Bit of <see cref="admission"/> that lets workers in; the bits below count the workers inside.</summary>
    private const int Open = 1 << 30;

    [ThreadStatic]
    private static WorkerPool? runningPool;

    [ThreadStatic]
    private static int runningWorker;

    private readonly Lock callers = new();
    private readonly SemaphoreSlim wakeUp = new(0);
    private readonly DelegateJob delegateJob = new();
    private readonly Thread[] threads;
    private PoolJob? job;
    private Exception? failure;
    private int pieceCount;
    private int nextPiece;
    private int admission;
    private int generation;
    private int sleepers;
    private bool started;
    private volatile bool disposed;

    /// <summary>Creates a pool of <paramref name="threads"/> threads, the caller's included. They start with the first operation.</summary>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        this.threads = new Thread[threads - 1];
    }

    /// <summary>Number of threads, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Runs <c>body(piece, worker)</c> for every piece from 0 to <paramref name="pieces"/> - 1, each exactly once, on any of the threads;
    /// returns when all are done. <c>worker</c> is below <see cref="Threads"/> and names the thread, for its scratch memory. What a piece
    /// writes may not depend on which worker runs it. An exception of a piece is rethrown to the caller; pieces not yet begun are then
    /// left out.
    /// </summary>
    public void For(int pieces, Action<int, int> body)
    {
        if (runningPool == this)
        {
            for (int piece = 0; piece < pieces; piece++)
            {
                body(piece, runningWorker);
            }

            return;
        }

        lock (callers)
        {
            delegateJob.Body = body;
            try
            {
                Run(pieces, delegateJob);
            }
            finally
            {
                delegateJob.Body = null;
            }
        }
    }

    /// <summary>The same for a job object; allocates nothing.</summary>
    public void For(int pieces, PoolJob work)
    {
        if (runningPool == this)
        {
            for (int piece = 0; piece < pieces; piece++)
            {
                work.Execute(piece, runningWorker);
            }

            return;
        }

        lock (callers)
        {
            Run(pieces, work);
        }
    }

    /// <summary>Stops the threads. No operation may be running.</summary>
    public void Dispose()
    {
        lock (callers)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            if (started)
            {
                Interlocked.Increment(ref generation);
                wakeUp.Release(threads.Length);
                foreach (var thread in threads)
                {
                    thread.Join();
                }
            }

            wakeUp.Dispose();
        }
    }

    private void Run(int pieces, PoolJob work)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (pieces <= 0)
        {
            return;
        }

        var (outerPool, outerWorker) = (runningPool, runningWorker);
        (runningPool, runningWorker) = (this, 0);
        try
        {
            if (pieces == 1 || Threads == 1)
            {
                for (int piece = 0; piece < pieces; piece++)
                {
                    work.Execute(piece, 0);
                }

                return;
            }

            RunShared(pieces, work);
        }
        finally
        {
            (runningPool, runningWorker) = (outerPool, outerWorker);
        }

        if (failure is { } exception)
        {
            failure = null;
            ExceptionDispatchInfo.Throw(exception);
        }
    }

    private void RunShared(int pieces, PoolJob work)
    {
        Start();
        job = work;
        pieceCount = pieces;
        nextPiece = 0;
        Interlocked.Exchange(ref admission, Open);
        Interlocked.Increment(ref generation);
        if (Volatile.Read(ref sleepers) > 0)
        {
            wakeUp.Release(Math.Max(1, Interlocked.Exchange(ref sleepers, 0)));
        }

        ClaimPieces(work, 0);

        // From here on nobody enters: a worker that was too late must not find the fields of the next operation half written.
        Interlocked.And(ref admission, ~Open);
        for (int spins = 1; Volatile.Read(ref admission) != 0; spins++)
        {
            Pause(spins);
        }

        job = null;
    }

    private void Start()
    {
        if (started)
        {
            return;
        }

        started = true;
        for (int i = 0; i < threads.Length; i++)
        {
            int worker = i + 1;
            threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"Sparsum worker {worker}" };
            threads[i].Start();
        }
    }

    private void Work(int worker)
    {
        (runningPool, runningWorker) = (this, worker);
        int seen = 0;
        while (true)
        {
            seen = WaitForGeneration(seen);
            if (disposed)
            {
                return;
            }

            if (TryEnter())
            {
                ClaimPieces(job!, worker);
                Interlocked.Decrement(ref admission);
            }
        }
    }

    /// <summary>Waits until an operation has begun that this worker has not seen, and returns its number.</summary>
    private int WaitForGeneration(int seen)
    {
        for (int spins = 1; ; spins++)
        {
            int current = Volatile.Read(ref generation);
            if (current != seen)
            {
                return current;
            }

            if (spins < SpinsBeforeSleep)
            {
                Pause(spins);
                continue;
            }

            // The increment is a full fence: either the caller sees this sleeper, or the sleeper sees the caller's new generation. A
            // permit too many only means one round of spinning.
            Interlocked.Increment(ref sleepers);
            if (Volatile.Read(ref generation) == seen)
            {
                wakeUp.Wait();
            }

            spins = 0;
        }
    }

    private bool TryEnter()
    {
        int current = Volatile.Read(ref admission);
        while ((current & Open) != 0)
        {
            int found = Interlocked.CompareExchange(ref admission, current + 1, current);
            if (found == current)
            {
                return true;
            }

            current = found;
        }

        return false;
    }

    private void ClaimPieces(PoolJob work, int worker)
    {
        int count = pieceCount;
        try
        {
            for (int piece = Interlocked.Increment(ref nextPiece) - 1; piece < count; piece = Interlocked.Increment(ref nextPiece) - 1)
            {
                work.Execute(piece, worker);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, exception, null);
            Volatile.Write(ref nextPiece, count);
        }
    }

    /// <summary>Waits a moment; now and then lets another thread have the core, which may be the one that is waited for.</summary>
    private static void Pause(int spins)
    {
        if (spins % SpinsBetweenYields == 0)
        {
            Thread.Yield();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }

    private sealed class DelegateJob : PoolJob
    {
        public Action<int, int>? Body { get; set; }

        public override void Execute(int piece, int worker) => Body!(piece, worker);
    }
}
