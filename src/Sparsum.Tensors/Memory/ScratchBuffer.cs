namespace Sparsum.Tensors.Memory;

/// <summary>Memory for intermediate results that grows to the largest that was asked for. Its owner disposes of it; used by one thread at a time.</summary>
internal sealed unsafe class ScratchBuffer : IDisposable
{
    private NativeBuffer? buffer;

    /// <summary>Room for this many floats, aligned to a cache line, of undefined content.</summary>
    public float* Floats(long count)
    {
        if (buffer is null || buffer.ByteCount < count * sizeof(float))
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(count * sizeof(float));
        }

        NativeBuffer.Forget(buffer.Pointer, count * sizeof(float));
        return (float*)buffer.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose() => buffer?.Dispose();
}
