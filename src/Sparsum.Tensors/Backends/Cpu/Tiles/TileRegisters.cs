using Sparsum.Tensors.Backends.Cpu.MachineCode;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>The eight tile registers of the calling thread, each of 16 rows of 64 bytes: 16 x 16 sums of 32 bits, or what is multiplied.</summary>
internal static unsafe class TileRegisters
{
    /// <summary>Rows of a tile, and its columns of 32 bits.</summary>
    public const int Rows = 16;

    /// <summary>Bytes of a row.</summary>
    public const int RowBytes = 64;

    /// <summary>Bytes of a tile.</summary>
    public const int TileBytes = Rows * RowBytes;

    private const int Count = 8;

    private static readonly NativeBuffer Configuration = CreateConfiguration();

    // ldtilecfg [rdi]; ret and tilerelease; ret
    private static readonly delegate* unmanaged[SuppressGCTransition]<void*, void> Configure =
        (delegate* unmanaged[SuppressGCTransition]<void*, void>)ExecutableCode.Create([0xC4, 0xE2, 0x78, 0x49, 0x07, 0xC3]);

    private static readonly delegate* unmanaged[SuppressGCTransition]<void> Release =
        (delegate* unmanaged[SuppressGCTransition]<void>)ExecutableCode.Create([0xC4, 0xE2, 0x78, 0x49, 0xC0, 0xC3]);

    /// <summary>Makes the calling thread's tiles ready, which costs as much as a small product.</summary>
    public static void Enter() => Configure(Configuration.Pointer);

    /// <summary>Gives the tiles of the thread up, so that no switch of threads has to save them.</summary>
    public static void Leave() => Release();

    /// <summary>Palette 1: eight tiles, here all alike.</summary>
    private static NativeBuffer CreateConfiguration()
    {
        const int Bytes = 64;
        const int FirstRowBytes = 16;
        const int FirstRows = 48;
        var buffer = new NativeBuffer(Bytes);
        var bytes = new Span<byte>(buffer.Pointer, Bytes);
        bytes.Clear();
        bytes[0] = 1;
        for (int tile = 0; tile < Count; tile++)
        {
            bytes[FirstRowBytes + (tile * sizeof(ushort))] = RowBytes;
            bytes[FirstRows + tile] = Rows;
        }

        return buffer;
    }
}
