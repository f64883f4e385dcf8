using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.MachineCode;

namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>Whether this process may use the tile registers of the processor (Intel AMX with products of bfloat16 and of bytes).</summary>
internal static partial class TileProcessor
{
    private const int FeatureLeaf = 7;
    private const int BFloat16Bit = 22;
    private const int TileBit = 24;
    private const int ByteBit = 25;

    // Linux gives room for the 8 KiB of tiles in a thread's saved state to those who ask.
    private const nint ArchPrctl = 158;
    private const nint RequestPermission = 0x1023;
    private const nint TileData = 18;

    private const byte Return = 0xC3;

    /// <summary>
    /// True on Linux for x64 where the processor has the instructions and the system grants them, and code of one's own. Asked once: the answer holds for
    /// the process. Where vectors of 512 bits are switched off, tiles are too.
    /// </summary>
    public static bool IsSupported { get; } = HasInstructions() && IsGranted() && ExecutableCode.TryCreate([Return]) != 0;

    private static bool HasInstructions()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 || !Avx512BW.IsSupported)
        {
            return false;
        }

        int features = X86Base.CpuId(FeatureLeaf, 0).Edx;
        return ((features >> BFloat16Bit) & (features >> TileBit) & (features >> ByteBit) & 1) != 0;
    }

    private static bool IsGranted() => SystemCall(ArchPrctl, RequestPermission, TileData) == 0;

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second);
}
