using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>How blocks of 32 bytes are multiplied: in steps of four, and sums as floats.</summary>
internal static unsafe class Int8Tile
{
    /// <summary>What integer sums start at: the bits of 1.5 * 2^23. Sums below 2^22 in magnitude, and those of a block are, turn into floats by a subtraction.</summary>
    public const int Start = 0x4B40_0000;

    private const float StartAsFloat = 12_582_912;

    /// <summary>Bytes of each row that one step takes.</summary>
    public const int Quad = 4;

    /// <summary>Steps of a block.</summary>
    public const int Steps = Int8Blocks.Size / Quad;

    /// <summary>Sums that started at <see cref="Start"/> as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFloats(Vector256<int> sums) => sums.AsSingle() - Vector256.Create(StartAsFloat);

    /// <summary>The same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToFloats(Vector512<int> sums) => sums.AsSingle() - Vector512.Create(StartAsFloat);

    /// <summary>The same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToFloats(Vector128<int> sums) => sums.AsSingle() - Vector128.Create(StartAsFloat);

    /// <summary>Words of a block for each row besides its bytes.</summary>
    public const int HeadWords = 2;
}
