using Sparsum.Tensors.Backends.Cpu;
using Xunit;

namespace Sparsum.Tensors.Tests;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void EveryPieceRunsExactlyOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        foreach (int pieces in new[] { 0, 1, 2, 3, 7, 64, 1000 })
        {
            var runs = new int[pieces];
            pool.For(pieces, (piece, worker) =>
            {
                Assert.InRange(worker, 0, threads - 1);
                Interlocked.Increment(ref runs[piece]);
            });
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void ManyShortOperationsLoseNothing()
    {
        using var pool = new WorkerPool(3);
        var sums = new long[3 * 16];
        for (int round = 0; round < 20_000; round++)
        {
            pool.For(3, (piece, _) => sums[piece * 16] += piece + 1);
        }

        Assert.Equal([20_000, 40_000, 60_000], new[] { sums[0], sums[16], sums[32] });
    }

    [Fact]
    public void WorkersWakeUpAfterSleeping()
    {
        using var pool = new WorkerPool(2);
        for (int round = 0; round < 3; round++)
        {
            // Both pieces wait for each other, so this ends only when the second thread comes.
            using var meeting = new Barrier(2);
            pool.For(2, (_, _) => Assert.True(meeting.SignalAndWait(TimeSpan.FromMinutes(1))));
            Thread.Sleep(30);
        }
    }

    [Fact]
    public void NoTwoPiecesShareAWorkerAtOnce()
    {
        using var pool = new WorkerPool(4);
        var busy = new int[4];
        pool.For(2000, (_, worker) =>
        {
            Assert.Equal(1, Interlocked.Increment(ref busy[worker]));
            Thread.SpinWait(20);
            Interlocked.Decrement(ref busy[worker]);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AnExceptionReachesTheCallerAndThePoolGoesOn(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (int round = 0; round < 50; round++)
        {
            var thrown = Assert.Throws<InvalidOperationException>(() => pool.For(10, (piece, _) =>
            {
                if (piece == 5)
                {
                    throw new InvalidOperationException("piece 5");
                }
            }));
            Assert.Equal("piece 5", thrown.Message);
            int count = 0;
            pool.For(10, (_, _) => Interlocked.Increment(ref count));
            Assert.Equal(10, count);
        }
    }

    [Fact]
    public void ANestedOperationRunsOnItsOwnWorker()
    {
        using var pool = new WorkerPool(3);
        int inner = 0;
        pool.For(6, (_, worker) => pool.For(5, (_, innerWorker) =>
        {
            Assert.Equal(worker, innerWorker);
            Interlocked.Increment(ref inner);
        }));
        Assert.Equal(30, inner);
    }

    [Fact]
    public void SeveralCallersTakeTurns()
    {
        using var pool = new WorkerPool(2);
        int inside = 0;
        int total = 0;
        var callers = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int round = 0; round < 200; round++)
            {
                pool.For(4, (_, worker) =>
                {
                    Interlocked.Increment(ref inside);
                    Interlocked.Increment(ref total);
                    Assert.InRange(inside, 1, 2);
                    Interlocked.Decrement(ref inside);
                });
            }
        })).ToArray();
        Array.ForEach(callers, caller => caller.Start());
        Assert.All(callers, caller => Assert.True(caller.Join(TimeSpan.FromMinutes(1))));
        Assert.Equal(4 * 200 * 4, total);
    }

    [Fact]
    public void MorePoolsThanCoresMakeProgress()
    {
        var pools = Enumerable.Range(0, 6).Select(_ => new WorkerPool(4)).ToArray();
        int total = 0;
        Parallel.ForEach(pools, pool =>
        {
            for (int round = 0; round < 200; round++)
            {
                pool.For(8, (_, _) => Interlocked.Increment(ref total));
            }
        });
        Array.ForEach(pools, pool => pool.Dispose());
        Assert.Equal(6 * 200 * 8, total);
    }

    [Fact]
    public void AJobObjectAllocatesNothing()
    {
        using var pool = new WorkerPool(2);
        var job = new CountingJob();
        pool.For(4, job);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 100; round++)
        {
            pool.For(4, job);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(404, job.Count);
    }

    [Fact]
    public void DisposeStopsTheThreads()
    {
        var pool = new WorkerPool(3);
        var threads = new Thread?[3];
        using var meeting = new Barrier(3);
        pool.For(3, (_, worker) =>
        {
            threads[worker] = Thread.CurrentThread;
            Assert.True(meeting.SignalAndWait(TimeSpan.FromMinutes(1)));
        });
        pool.Dispose();
        Assert.False(threads[1]!.IsAlive);
        Assert.False(threads[2]!.IsAlive);
        Assert.Throws<ObjectDisposedException>(() => pool.For(2, (_, _) => { }));
        pool.Dispose();
    }

    private sealed class CountingJob : PoolJob
    {
        private int count;

        public int Count => count;

        public override void Execute(int piece, int worker) => Interlocked.Increment(ref count);
    }
}
