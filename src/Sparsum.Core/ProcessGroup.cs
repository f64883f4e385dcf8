using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sparsum.Core;

/// <summary>
/// Processes that do one run together. Each holds the whole model, takes a part of the data, and what they found is summed; all of them make the
/// same calls in the same order, and only the first writes. One thread of a process calls at a time.
/// </summary>
/// <remarks>
/// Sums add the parts in the order of the ranks and are computed once, so that they have the same bits on every process and in every run of as
/// many processes.
/// </remarks>
public abstract class ProcessGroup
{
    /// <summary>So large that a machine which is busy with other things is seldom asked for its attention.</summary>
    private const int ChunkBytes = 1 << 24;

    private const int LargestMessage = 1 << 26;

    private byte[] packed = [];
    private byte[] sent = [];
    private byte[] received = [];

    /// <summary>One of several lists of numbers.</summary>
    /// <param name="index">Which of them.</param>
    public delegate Span<T> Part<T>(int index)
        where T : unmanaged;

    /// <summary>A process alone, for which nothing is ever sent.</summary>
    public static ProcessGroup Single { get; } = new SingleProcess();

    /// <summary>The number of this process, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>Number of processes.</summary>
    public abstract int Size { get; }

    /// <summary>Whether this is the process that writes.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Whether there are others.</summary>
    public bool HasOthers => Size > 1;

    /// <summary>The most bytes that sums take for what is exchanged; 0 for a process alone.</summary>
    public long ExchangeBytes => HasOthers ? 3L * ChunkBytes : 0;

    /// <summary>The part of a number of things that this process takes: neighbours, as many as others take or one more.</summary>
    public Range ShareOf(int count) => ShareOf(count, Rank);

    /// <summary>The part that the process of some rank takes.</summary>
    public Range ShareOf(int count, int rank) => (int)((long)count * rank / Size)..(int)((long)count * (rank + 1) / Size);

    /// <summary>Replaces every value by its sum over all processes.</summary>
    /// <param name="values">As many on every process.</param>
    public void Sum<T>(Span<T> values)
        where T : unmanaged, INumber<T>
    {
        if (!HasOthers)
        {
            return;
        }

        int most = ChunkBytes / Unsafe.SizeOf<T>();
        for (int first = 0; first < values.Length; first += most)
        {
            SumChunk(values.Slice(first, Math.Min(most, values.Length - first)));
        }
    }

    /// <summary>Replaces the values of several lists by their sums over all processes, of small ones many at a time.</summary>
    /// <param name="count">How many lists.</param>
    /// <param name="part">Each of them, of as many values on every process.</param>
    public void Sum<T>(int count, Part<T> part)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(part);
        if (!HasOthers)
        {
            return;
        }

        int most = ChunkBytes / Unsafe.SizeOf<T>();
        int first = 0;
        int used = 0;
        for (int i = 0; i < count; i++)
        {
            int length = part(i).Length;
            if (used > 0 && used + length > most)
            {
                SumPacked(part, first, i, used);
                (first, used) = (i, 0);
            }

            used += length;
        }

        SumPacked(part, first, count, used);
    }

    /// <summary>The sum of one number over all processes.</summary>
    public T Sum<T>(T value)
        where T : unmanaged, INumber<T>
    {
        Sum(new Span<T>(ref value));
        return value;
    }

    /// <summary>Replaces bytes by those of one process.</summary>
    /// <param name="bytes">As many on every process.</param>
    /// <param name="rank">Whose bytes they become.</param>
    public void Broadcast(Span<byte> bytes, int rank = 0)
    {
        for (int first = 0; HasOthers && first < bytes.Length; first += LargestMessage)
        {
            Send(bytes.Slice(first, Math.Min(LargestMessage, bytes.Length - first)), rank);
        }
    }

    /// <summary>The bytes that the first process gives, whose number the others need not know.</summary>
    /// <param name="bytes">Given by the first; what others give is not looked at.</param>
    public byte[] FromFirst(byte[] bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Broadcast(length);
        if (!IsFirst)
        {
            bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        }

        Broadcast(bytes);
        return bytes;
    }

    /// <summary>What the first process decided.</summary>
    public bool FromFirst(bool decision) => FromFirst([decision ? (byte)1 : (byte)0])[0] != 0;

    /// <summary>Everybody's bytes, in the order of the ranks.</summary>
    /// <param name="own">As many on every process.</param>
    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        if (!HasOthers)
        {
            return [own.ToArray()];
        }

        byte[] all = new byte[own.Length * Size];
        Gather(own, all);
        return [.. all.Chunk(own.Length)];
    }

    /// <summary>Compares digests of what has to be the same everywhere.</summary>
    /// <param name="digest">As many bytes on every process.</param>
    /// <returns>The lowest rank that has another digest than the first; null where all are equal.</returns>
    public int? FindOther(ReadOnlySpan<byte> digest)
    {
        byte[][] all = Gather(digest);
        int other = Array.FindIndex(all, given => !given.AsSpan().SequenceEqual(all[0]));
        return other < 0 ? null : other;
    }

    /// <summary>Refuses inputs that differ between the processes, on all of them.</summary>
    /// <param name="digest">As many bytes on every process.</param>
    /// <param name="what">What it is the digest of.</param>
    /// <exception cref="InvalidInputException">They differ: <c>processes-differ</c>.</exception>
    public void RequireSame(ReadOnlySpan<byte> digest, string what)
    {
        if (FindOther(digest) is { } other)
        {
            throw new InvalidInputException("processes-differ", $"The processes of the run were not given the same {what}.")
            {
                Found = $"process {other} of {Size} has another {what} than process 0",
                Expected = "the same on all of them",
                Hint = "Start all processes with one command line, and give every machine the same files.",
            };
        }
    }

    /// <summary>Stops a run whose processes no longer compute the same.</summary>
    /// <param name="digest">As many bytes on every process.</param>
    /// <param name="what">What it is the digest of.</param>
    /// <exception cref="RunFailedException">They differ: <c>processes-diverged</c>.</exception>
    public void RequireEqual(ReadOnlySpan<byte> digest, string what)
    {
        if (FindOther(digest) is { } other)
        {
            throw new RunFailedException("processes-diverged", $"The processes of the run came to different {what}.")
            {
                Found = $"process {other} of {Size} has others than process 0",
                Expected = "the same on all of them",
                Hint = "Run all processes on processors of one kind, where the same sums have the same bits.",
            };
        }
    }

    /// <summary>Replaces bytes by those of a rank; at most some tens of millions.</summary>
    protected abstract void Send(Span<byte> bytes, int rank);

    /// <summary>Puts the bytes of every rank one behind the other, on all processes.</summary>
    protected abstract void Gather(ReadOnlySpan<byte> own, Span<byte> all);

    /// <summary>Gives every rank its part of the bytes, of equal length, and takes its own from all, in the order of the ranks.</summary>
    protected abstract void Exchange(ReadOnlySpan<byte> parts, Span<byte> own);

    /// <summary>Sums neighbouring lists as one; a large one comes alone and needs no copy.</summary>
    private void SumPacked<T>(Part<T> part, int first, int end, int count)
        where T : unmanaged, INumber<T>
    {
        if (end - first == 1)
        {
            Sum(part(first));
            return;
        }

        if (packed.Length < count * Unsafe.SizeOf<T>())
        {
            packed = new byte[count * Unsafe.SizeOf<T>()];
        }

        var all = MemoryMarshal.Cast<byte, T>(packed.AsSpan(0, count * Unsafe.SizeOf<T>()));
        int start = 0;
        for (int i = first; i < end; i++)
        {
            part(i).CopyTo(all[start..]);
            start += part(i).Length;
        }

        Sum(all);
        start = 0;
        for (int i = first; i < end; i++)
        {
            all.Slice(start, part(i).Length).CopyTo(part(i));
            start += part(i).Length;
        }
    }

    /// <summary>Each process adds one piece for all and hands it round: as little traffic as a ring, in an order that is ours.</summary>
    private void SumChunk<T>(Span<T> values)
        where T : unmanaged, INumber<T>
    {
        int piece = ((values.Length - 1) / Size) + 1;
        int bytes = piece * Size * Unsafe.SizeOf<T>();
        if (sent.Length < bytes)
        {
            (sent, received) = (new byte[bytes], new byte[bytes]);
        }

        var outgoing = MemoryMarshal.Cast<byte, T>(sent.AsSpan(0, bytes));
        var incoming = MemoryMarshal.Cast<byte, T>(received.AsSpan(0, bytes));
        values.CopyTo(outgoing);
        outgoing[values.Length..].Clear();
        Exchange(sent.AsSpan(0, bytes), received.AsSpan(0, bytes));
        var sum = incoming[..piece];
        for (int rank = 1; rank < Size; rank++)
        {
            Add(sum, incoming.Slice(rank * piece, piece));
        }

        Gather(MemoryMarshal.AsBytes(sum), sent.AsSpan(0, bytes));
        outgoing[..values.Length].CopyTo(values);
    }

    private static void Add<T>(Span<T> sum, ReadOnlySpan<T> addend)
        where T : unmanaged, INumber<T>
    {
        int done = 0;
        for (; done <= sum.Length - Vector<T>.Count; done += Vector<T>.Count)
        {
            (new Vector<T>(sum[done..]) + new Vector<T>(addend[done..])).CopyTo(sum[done..]);
        }

        for (; done < sum.Length; done++)
        {
            sum[done] += addend[done];
        }
    }

    private sealed class SingleProcess : ProcessGroup
    {
        public override int Rank => 0;

        public override int Size => 1;

        protected override void Send(Span<byte> bytes, int rank)
        {
        }

        protected override void Gather(ReadOnlySpan<byte> own, Span<byte> all) => own.CopyTo(all);

        protected override void Exchange(ReadOnlySpan<byte> parts, Span<byte> own) => parts.CopyTo(own);
    }
}
