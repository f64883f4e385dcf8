using Sparsum.Core;

namespace Sparsum.Testing;

/// <summary>A process group whose processes are threads of this one.</summary>
public sealed class ThreadGroup : ProcessGroup
{
    private readonly Exchanged shared;

    private ThreadGroup(Exchanged shared, int rank) => (this.shared, Rank) = (shared, rank);

    public override int Rank { get; }

    public override int Size => shared.Buffers.Length;

    /// <summary>Runs an action on every rank and returns what each came to. Where one fails the others are released, and its error is thrown.</summary>
    public static T[] Run<T>(int size, Func<ProcessGroup, T> action)
    {
        using var shared = new Exchanged(size);
        var results = new T[size];
        var errors = new Exception?[size];
        Thread[] threads =
        [
            .. Enumerable.Range(0, size).Select(rank => new Thread(() =>
            {
                try
                {
                    results[rank] = action(new ThreadGroup(shared, rank));
                }
                catch (Exception error)
                {
                    errors[rank] = error;
                    shared.Cancellation.Cancel();
                }
            })),
        ];
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        var error = errors.FirstOrDefault(error => error is not null and not BrokenGroupException) ?? errors.FirstOrDefault(error => error is not null);
        return error is null ? results : throw error;
    }

    protected override void Send(Span<byte> bytes, int rank)
    {
        if (Rank == rank)
        {
            shared.Buffers[rank] = bytes.ToArray();
        }

        Wait();
        shared.Buffers[rank].CopyTo(bytes);
        Wait();
    }

    protected override void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        shared.Buffers[Rank] = own.ToArray();
        Wait();
        for (int rank = 0; rank < Size; rank++)
        {
            shared.Buffers[rank].CopyTo(all[(rank * own.Length)..]);
        }

        Wait();
    }

    protected override void Exchange(ReadOnlySpan<byte> parts, Span<byte> own)
    {
        int length = parts.Length / Size;
        shared.Buffers[Rank] = parts.ToArray();
        Wait();
        for (int rank = 0; rank < Size; rank++)
        {
            shared.Buffers[rank].AsSpan(Rank * length, length).CopyTo(own[(rank * length)..]);
        }

        Wait();
    }

    private void Wait()
    {
        try
        {
            shared.Barrier.SignalAndWait(shared.Cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            throw new BrokenGroupException();
        }
    }

    /// <summary>Another rank has failed.</summary>
    private sealed class BrokenGroupException : Exception;

    private sealed class Exchanged(int size) : IDisposable
    {
        public Barrier Barrier { get; } = new(size);

        public CancellationTokenSource Cancellation { get; } = new();

        public byte[][] Buffers { get; } = new byte[size][];

        public void Dispose()
        {
            Barrier.Dispose();
            Cancellation.Dispose();
        }
    }
}
