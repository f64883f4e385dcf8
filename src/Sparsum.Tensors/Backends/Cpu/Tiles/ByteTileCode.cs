using Sparsum.Tensors.Backends.Cpu.MachineCode;

namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>
/// The product of signed bytes in the processor's tile registers, as machine code, like <see cref="TileCode"/>: 32 inputs by 32 rows of a
/// weight, sums in 32-bit integers.
/// </summary>
/// <remarks>
/// A tile of inputs has a row of 64 columns for each of 16 inputs, and those of further columns follow. Of a weight, a row of 128 bytes has four
/// columns of 32 rows, side by side: two tiles, whose rows lie 128 bytes apart.
/// </remarks>
internal static unsafe class ByteTileCode
{
    /// <summary>Inputs, and rows of a weight, of a product.</summary>
    public const int Size = 2 * TileRegisters.Rows;

    /// <summary>Columns of a tile: bytes of one of its rows.</summary>
    public const int Columns = TileRegisters.RowBytes;

    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int*, nint, nint, void> Product =
        (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int*, nint, nint, void>)ExecutableCode.Create([.. Begin, .. Multiply, .. Store]);

    // rdi: inputs, rsi: weights, rdx: sums, rcx: bytes to the second 16 inputs, r8: tiles of columns. tmm0 to tmm3 hold 32 x 32 sums.
    private static ReadOnlySpan<byte> Begin =>
    [
        0xB8, 0x40, 0x00, 0x00, 0x00,                               // mov eax, 64
        0x41, 0xB9, 0x80, 0x00, 0x00, 0x00,                         // mov r9d, 128
        0x48, 0x01, 0xF9,                                           // add rcx, rdi
        0xC4, 0xE2, 0x7B, 0x49, 0xC0,                               // tilezero tmm0
        0xC4, 0xE2, 0x7B, 0x49, 0xC8,                               // tilezero tmm1
        0xC4, 0xE2, 0x7B, 0x49, 0xD0,                               // tilezero tmm2
        0xC4, 0xE2, 0x7B, 0x49, 0xD8,                               // tilezero tmm3
    ];

    private static ReadOnlySpan<byte> Multiply =>
    [
        0xC4, 0xE2, 0x7B, 0x4B, 0x24, 0x07,                         // step: tileloadd tmm4, [rdi + rax]
        0xC4, 0xA2, 0x7B, 0x4B, 0x34, 0x0E,                         // tileloadd tmm6, [rsi + r9]
        0xC4, 0xE2, 0x4B, 0x5E, 0xC4,                               // tdpbssd tmm0, tmm4, tmm6
        0xC4, 0xA2, 0x7B, 0x4B, 0x7C, 0x0E, 0x40,                   // tileloadd tmm7, [rsi + r9 + 64]
        0xC4, 0xE2, 0x43, 0x5E, 0xCC,                               // tdpbssd tmm1, tmm4, tmm7
        0xC4, 0xE2, 0x7B, 0x4B, 0x2C, 0x01,                         // tileloadd tmm5, [rcx + rax]
        0xC4, 0xE2, 0x4B, 0x5E, 0xD5,                               // tdpbssd tmm2, tmm5, tmm6
        0xC4, 0xE2, 0x43, 0x5E, 0xDD,                               // tdpbssd tmm3, tmm5, tmm7
        0x48, 0x81, 0xC7, 0x00, 0x04, 0x00, 0x00,                   // add rdi, 1024
        0x48, 0x81, 0xC6, 0x00, 0x08, 0x00, 0x00,                   // add rsi, 2048
        0x48, 0x81, 0xC1, 0x00, 0x04, 0x00, 0x00,                   // add rcx, 1024
        0x49, 0xFF, 0xC8,                                           // dec r8
        0x75, 0xB9,                                                 // jnz step
    ];

    private static ReadOnlySpan<byte> Store =>
    [
        0xC4, 0xA2, 0x7A, 0x4B, 0x04, 0x0A,                         // tilestored [rdx + r9], tmm0
        0xC4, 0xA2, 0x7A, 0x4B, 0x4C, 0x0A, 0x40,                   // tilestored [rdx + r9 + 64], tmm1
        0xC4, 0xA2, 0x7A, 0x4B, 0x94, 0x0A, 0x00, 0x08, 0x00, 0x00, // tilestored [rdx + r9 + 2048], tmm2
        0xC4, 0xA2, 0x7A, 0x4B, 0x9C, 0x0A, 0x40, 0x08, 0x00, 0x00, // tilestored [rdx + r9 + 2112], tmm3
        0xC3,                                                       // ret
    ];

    /// <summary><c>sums [32, 32] = inputs · weightsᵀ</c>, between <see cref="TileRegisters.Enter"/> and <see cref="TileRegisters.Leave"/>.</summary>
    /// <param name="inputs">The tiles of 16 inputs.</param>
    /// <param name="secondInputs">Bytes from there to the tiles of 16 more.</param>
    /// <param name="weights">A panel of 32 rows.</param>
    /// <param name="tiles">How many tiles of columns there are, at least one: columns by <see cref="Columns"/>.</param>
    /// <param name="sums">Receives an input's sums with all rows, then the next input's.</param>
    public static void Run(byte* inputs, nint secondInputs, byte* weights, nint tiles, int* sums) => Product(inputs, weights, sums, secondInputs, tiles);
}
