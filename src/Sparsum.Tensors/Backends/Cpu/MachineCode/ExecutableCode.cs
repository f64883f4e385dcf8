using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>Pages of Linux that hold machine code: written first, executable and no longer writable then. They live as long as the process.</summary>
internal static unsafe partial class ExecutableCode
{
    private const int Readable = 0x1;
    private const int Writable = 0x2;
    private const int Executable = 0x4;
    private const int PrivateAnonymous = 0x22;

    /// <summary>Copies the code and returns where it begins, or 0 where the system does not allow code of one's own.</summary>
    public static nint TryCreate(ReadOnlySpan<byte> code)
    {
        nint memory = Map(0, (nuint)code.Length, Readable | Writable, PrivateAnonymous, -1, 0);
        if (memory == -1)
        {
            return 0;
        }

        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        return Protect(memory, (nuint)code.Length, Readable | Executable) == 0 ? memory : 0;
    }

    /// <summary>Copies the code and returns where it begins.</summary>
    /// <exception cref="PlatformNotSupportedException">The system does not allow code of one's own.</exception>
    public static nint Create(ReadOnlySpan<byte> code) => TryCreate(code) is not 0 and var memory
        ? memory
        : throw new PlatformNotSupportedException("The system does not let this process execute code of its own.");

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);
}
