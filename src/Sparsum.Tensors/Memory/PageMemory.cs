using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Memory;

/// <summary>
/// Aligned memory from the system. On Linux large blocks are pages of their own, which go back when they are freed: the C library's heap
/// keeps blocks of up to 32 MB once it has seen them freed, and a process that loads and releases one block of a model after another then
/// holds half as much again as it uses. The largest ask for pages of 2 MiB, which take a few percent of the time off what reads a weight once.
/// </summary>
internal static unsafe partial class PageMemory
{
    private const long LeastPageBytes = 1 << 18;
    private const long LeastHugeBytes = 1 << 22;

    // The values of Linux, the same for x64 and Arm64.
    private const int ReadWrite = 0x3;
    private const int PrivateAnonymous = 0x22;
    private const int HugePages = 14;

    private static readonly bool HasPages = OperatingSystem.IsLinux();

    /// <summary>Allocates bytes whose content is undefined.</summary>
    /// <param name="byteCount">How many, above 0.</param>
    /// <param name="alignment">Alignment of the first, at most a page.</param>
    /// <exception cref="OutOfMemoryException">The system has no such amount of memory.</exception>
    public static void* Allocate(long byteCount, int alignment)
    {
        if (!IsPaged(byteCount))
        {
            return NativeMemory.AlignedAlloc((nuint)byteCount, (nuint)alignment);
        }

        nint address = Map(0, (nuint)byteCount, ReadWrite, PrivateAnonymous, -1, 0);
        if (address != -1 && byteCount >= LeastHugeBytes)
        {
            // A system without them says so, and gives small ones.
            _ = Advise(address, (nuint)byteCount, HugePages);
        }

        return address != -1 ? (void*)address : throw new OutOfMemoryException($"The system has no {byteCount} bytes of memory.");
    }

    /// <summary>Returns memory of a size.</summary>
    public static void Free(void* pointer, long byteCount)
    {
        if (IsPaged(byteCount))
        {
            _ = Unmap((nint)pointer, (nuint)byteCount);
        }
        else
        {
            NativeMemory.AlignedFree(pointer);
        }
    }

    private static bool IsPaged(long byteCount) => HasPages && byteCount >= LeastPageBytes;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
