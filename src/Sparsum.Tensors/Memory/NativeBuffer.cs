using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Memory;

/// <summary>
/// A block of 64-byte-aligned native memory with exactly one owner. The finaliser returns memory that its owner forgot;
/// <see cref="LiveBytes"/> lets a test see that nobody does. What a <see cref="Workspace"/> hands out is a piece of a larger block, which it owns.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>Alignment of every buffer in bytes: one cache line, one 512-bit vector.</summary>
    public const int Alignment = 64;

    /// <summary>
    /// The runtime switch, read once, that fills memory of undefined content with NaN, so that what reads it unwritten cannot go unseen.
    /// For tests: it costs a sweep over each buffer.
    /// </summary>
    public const string FillSwitch = "Sparsum.Tensors.FillMemoryWithNaN";

    private static readonly bool Fills = AppContext.TryGetSwitch(FillSwitch, out bool isOn) && isOn;
    private static long liveBytes;
    private void* pointer;

    /// <summary>Allocates <paramref name="byteCount"/> bytes whose content is undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="byteCount"/> is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such amount of memory.</exception>
    public NativeBuffer(long byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteCount);
        ByteCount = byteCount;
        pointer = PageMemory.Allocate(Math.Max(byteCount, Alignment), Alignment);
        Interlocked.Add(ref liveBytes, byteCount);
        Forget(pointer, byteCount);
    }

    /// <summary>A window on a piece of other memory, which it owns no part of.</summary>
    internal NativeBuffer(WorkspaceBlock block)
    {
        Block = block;
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns the memory if <see cref="Dispose"/> was never called.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Bytes of native memory that are allocated at the moment, over all buffers of the process.</summary>
    public static long LiveBytes => Interlocked.Read(ref liveBytes);

    /// <summary>Size in bytes.</summary>
    public long ByteCount { get; private set; }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed of.</exception>
    public void* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(pointer is null, this);
            return pointer;
        }
    }

    /// <summary>The piece that is seen here; null for memory of its own.</summary>
    internal WorkspaceBlock? Block { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Moves the window.</summary>
    internal void Show(void* memory, long byteCount)
    {
        pointer = memory;
        ByteCount = byteCount;
    }

    /// <summary>Where <see cref="FillSwitch"/> is on, overwrites memory whose content nobody may count on any more.</summary>
    internal static void Forget(void* memory, long byteCount)
    {
        if (Fills)
        {
            // All bits: a NaN as float and as double, and no valid index as an integer.
            NativeMemory.Fill(memory, (nuint)byteCount, 0xFF);
        }
    }

    private void Free()
    {
        if (pointer is null)
        {
            return;
        }

        void* memory = pointer;
        pointer = null;
        if (Block is not null)
        {
            return;
        }

        PageMemory.Free(memory, Math.Max(ByteCount, Alignment));
        Interlocked.Add(ref liveBytes, -ByteCount);
    }
}
