namespace Sparsum.Tensors.Memory;

/// <summary>
/// A pool of temporary tensors. <see cref="Rent"/> hands one out, <see cref="Tensor.Dispose"/> returns its memory here, so a loop
/// that repeats the same shapes allocates nothing after its first round. Where shapes vary, as the lengths of batches do, the pool
/// holds at most twice what was ever out at once: beyond that, a smaller shape takes over the memory of a larger one, and what has lain idle
/// longest goes back to the system. Not safe for use by several threads at once.
/// </summary>
public sealed unsafe class Workspace : IDisposable
{
    /// <summary>How much larger memory may be than the shape that takes it over.</summary>
    private const int MostWaste = 2;

    /// <summary>The share of the most that was out at once which the pool may hold altogether.</summary>
    private const int MostHeld = 2;

    private readonly Dictionary<long, List<IdleBuffer>> free = [];
    private readonly long freeOfCharge;
    private long returns;
    private bool disposed;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="freeOfCharge">Bytes that it may hold whatever is out.</param>
    public Workspace(long freeOfCharge = 64 << 20) => this.freeOfCharge = freeOfCharge;

    /// <summary>Bytes that the pool holds for later use, not counting tensors that are out.</summary>
    public long IdleBytes { get; private set; }

    /// <summary>Bytes that are out at the moment.</summary>
    public long RentedBytes { get; private set; }

    /// <summary>The most bytes that were out at once.</summary>
    public long MostRentedBytes { get; private set; }

    /// <summary>Told of tensors from here that were disposed of and are kept for their gradient alone.</summary>
    internal Action<Tensor>? OnKept { get; set; }

    /// <summary>A tensor of this shape with undefined content, to be disposed of by the caller.</summary>
    public Tensor Rent(params ReadOnlySpan<int> shape)
    {
        return new Tensor(RentBuffer(checked(Tensor.CountElements(shape) * sizeof(float))), shape, this);
    }

    /// <summary>Gives the idle memory back to the system.</summary>
    public void Trim()
    {
        foreach (var idle in free.Values.SelectMany(buffers => buffers))
        {
            idle.Buffer.Dispose();
        }

        free.Clear();
        IdleBytes = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trim();
        disposed = true;
    }

    /// <summary>Memory of at least this size with undefined content, for <see cref="Return"/>.</summary>
    internal NativeBuffer RentBuffer(long byteCount)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        long bytes = SizeClass(byteCount);
        var buffer = Take(bytes) ?? TakeInstead(bytes) ?? new NativeBuffer(bytes);
        RentedBytes += buffer.ByteCount;
        MostRentedBytes = Math.Max(MostRentedBytes, RentedBytes);
        return buffer;
    }

    internal void Return(NativeBuffer buffer)
    {
        RentedBytes -= buffer.ByteCount;
        if (disposed)
        {
            buffer.Dispose();
            return;
        }

        if (!free.TryGetValue(buffer.ByteCount, out var buffers))
        {
            free.Add(buffer.ByteCount, buffers = []);
        }

        NativeBuffer.Forget(buffer.Pointer, buffer.ByteCount);
        buffers.Add(new IdleBuffer(buffer, returns++));
        IdleBytes += buffer.ByteCount;
    }

    /// <summary>The idle buffer of a size class that came back last; null when there is none.</summary>
    private NativeBuffer? Take(long bytes)
    {
        if (!free.TryGetValue(bytes, out var buffers) || buffers.Count == 0)
        {
            return null;
        }

        var buffer = buffers[^1].Buffer;
        buffers.RemoveAt(buffers.Count - 1);
        IdleBytes -= bytes;
        return buffer;
    }

    /// <summary>Where the pool is full: an idle buffer that is not too large; without one, room for a new buffer and null.</summary>
    private NativeBuffer? TakeInstead(long bytes)
    {
        if (!IsFull(bytes))
        {
            return null;
        }

        for (long size = SizeClass(bytes + 1); size <= MostWaste * bytes; size = SizeClass(size + 1))
        {
            if (Take(size) is { } larger)
            {
                return larger;
            }
        }

        while (IsFull(bytes) && IdleBytes > 0)
        {
            var oldest = free.Values.Where(buffers => buffers.Count > 0).MinBy(buffers => buffers[0].Returned)!;
            IdleBytes -= oldest[0].Buffer.ByteCount;
            oldest[0].Buffer.Dispose();
            oldest.RemoveAt(0);
        }

        return null;
    }

    private bool IsFull(long more) =>
        RentedBytes + IdleBytes + more > Math.Max(freeOfCharge, MostHeld * Math.Max(MostRentedBytes, RentedBytes + more));

    /// <summary>Rounds up to an eighth of the next power of two: few classes, at most an eighth of waste.</summary>
    private static long SizeClass(long bytes)
    {
        const long Smallest = 4096;
        if (bytes <= Smallest)
        {
            return Smallest;
        }

        long step = 1L << Math.Max(6, 60 - System.Numerics.BitOperations.LeadingZeroCount((ulong)bytes));
        return (bytes + step - 1) / step * step;
    }

    /// <summary>Memory that waits, and how many returns there were before its own.</summary>
    private readonly record struct IdleBuffer(NativeBuffer Buffer, long Returned);
}
