namespace Sparsum.Tensors.Memory;

/// <summary>
/// A pool of temporary tensors. <see cref="Rent"/> hands one out, <see cref="Tensor.Dispose"/> returns its memory here, so a loop
/// that repeats the same shapes allocates nothing after its first round. Not safe for use by several threads at once.
/// </summary>
public sealed class Workspace : IDisposable
{
    // Shapes that vary, as the lengths of batches do, share their memory.
    private const int MostWaste = 2;
    private readonly Dictionary<long, Stack<NativeBuffer>> free = [];
    private bool disposed;

    /// <summary>Bytes that the pool holds for later use, not counting tensors that are out.</summary>
    public long IdleBytes { get; private set; }

    /// <summary>A tensor of this shape with undefined content, to be disposed of by the caller.</summary>
    public Tensor Rent(params ReadOnlySpan<int> shape)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        long bytes = SizeClass(checked(Tensor.CountElements(shape) * sizeof(float)));
        for (long size = bytes; size <= MostWaste * bytes; size = SizeClass(size + 1))
        {
            if (free.TryGetValue(size, out var stack) && stack.TryPop(out var buffer))
            {
                IdleBytes -= size;
                return new Tensor(buffer, shape, this);
            }
        }

        return new Tensor(new NativeBuffer(bytes), shape, this);
    }

    /// <summary>Gives the idle memory back to the system.</summary>
    public void Trim()
    {
        foreach (var stack in free.Values)
        {
            while (stack.TryPop(out var buffer))
            {
                buffer.Dispose();
            }
        }

        IdleBytes = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trim();
        disposed = true;
    }

    internal void Return(NativeBuffer buffer)
    {
        if (disposed)
        {
            buffer.Dispose();
            return;
        }

        if (!free.TryGetValue(buffer.ByteCount, out var stack))
        {
            free.Add(buffer.ByteCount, stack = new Stack<NativeBuffer>());
        }

        stack.Push(buffer);
        IdleBytes += buffer.ByteCount;
    }

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
}
