namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>
/// The product of signed bytes in the processor's tile registers, as machine code, like <see cref="TileCode"/>: 32 inputs by 32 rows of a
/// weight, sums in 32-bit integers.
/// </summary>
/// <remarks>
/// A tile of inputs has a row of 64 columns for each of 16 inputs. A tile of a weight has a row for each four of the same 64 columns, and in it
/// the four bytes of 16 rows, side by side. The tiles of further columns follow one another.
/// </remarks>
internal static unsafe class ByteTileCode
{
    /// <summary>Inputs, and rows of a weight, of a product.</summary>
    public const int Size = 2 * TileRegisters.Rows;

    /// <summary>Columns of a tile: bytes of one of its rows.</summary>
    public const int Columns = TileRegisters.RowBytes;

    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int*, nint, nint, nint, void> Product =
        (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int*, nint, nint, nint, void>)ExecutableCode.Create([.. Begin, .. Multiply, .. Store]);

    // rdi: inputs, rsi: weights, rdx: sums, rcx and r9: bytes to the second 16 of weights and of inputs, r8: tiles of columns.
    // tmm0 to tmm3 hold 32 x 32 sums.
    private static ReadOnlySpan<byte> Begin =>
    [
        0xB8, 0x40, 0x00, 0x00, 0x00,                               // mov eax, 64
        0x48, 0x01, 0xF1,                                           // add rcx, rsi
        0x49, 0x01, 0xF9,                                           // add r9, rdi
        0xC4, 0xE2, 0x7B, 0x49, 0xC0,                               // tilezero tmm0
        0xC4, 0xE2, 0x7B, 0x49, 0xC8,                               // tilezero tmm1
        0xC4, 0xE2, 0x7B, 0x49, 0xD0,                               // tilezero tmm2
        0xC4, 0xE2, 0x7B, 0x49, 0xD8,                               // tilezero tmm3
    ];

    private static ReadOnlySpan<byte> Multiply =>
    [
        0xC4, 0xE2, 0x7B, 0x4B, 0x24, 0x07,                         // step: tileloadd tmm4, [rdi + rax]
        0xC4, 0xE2, 0x7B, 0x4B, 0x34, 0x06,                         // tileloadd tmm6, [rsi + rax]
        0xC4, 0xE2, 0x4B, 0x5E, 0xC4,                               // tdpbssd tmm0, tmm4, tmm6
        0xC4, 0xE2, 0x7B, 0x4B, 0x3C, 0x01,                         // tileloadd tmm7, [rcx + rax]
        0xC4, 0xE2, 0x43, 0x5E, 0xCC,                               // tdpbssd tmm1, tmm4, tmm7
        0xC4, 0xC2, 0x7B, 0x4B, 0x2C, 0x01,                         // tileloadd tmm5, [r9 + rax]
        0xC4, 0xE2, 0x4B, 0x5E, 0xD5,                               // tdpbssd tmm2, tmm5, tmm6
        0xC4, 0xE2, 0x43, 0x5E, 0xDD,                               // tdpbssd tmm3, tmm5, tmm7
        0x48, 0x81, 0xC7, 0x00, 0x04, 0x00, 0x00,                   // add rdi, 1024
        0x48, 0x81, 0xC6, 0x00, 0x04, 0x00, 0x00,                   // add rsi, 1024
        0x48, 0x81, 0xC1, 0x00, 0x04, 0x00, 0x00,                   // add rcx, 1024
        0x49, 0x81, 0xC1, 0x00, 0x04, 0x00, 0x00,                   // add r9, 1024
        0x49, 0xFF, 0xC8,                                           // dec r8
        0x75, 0xB3,                                                 // jnz step
    ];

    private static ReadOnlySpan<byte> Store =>
    [
        0xB8, 0x80, 0x00, 0x00, 0x00,                               // mov eax, 128
        0xC4, 0xE2, 0x7A, 0x4B, 0x04, 0x02,                         // tilestored [rdx + rax], tmm0
        0xC4, 0xE2, 0x7A, 0x4B, 0x4C, 0x02, 0x40,                   // tilestored [rdx + rax + 64], tmm1
        0xC4, 0xE2, 0x7A, 0x4B, 0x94, 0x02, 0x00, 0x08, 0x00, 0x00, // tilestored [rdx + rax + 2048], tmm2
        0xC4, 0xE2, 0x7A, 0x4B, 0x9C, 0x02, 0x40, 0x08, 0x00, 0x00, // tilestored [rdx + rax + 2112], tmm3
        0xC3,                                                       // ret
    ];

    /// <summary><c>sums [32, 32] = inputs · weightsᵀ</c>, between <see cref="TileRegisters.Enter"/> and <see cref="TileRegisters.Leave"/>.</summary>
    /// <param name="inputs">The tiles of 16 inputs.</param>
    /// <param name="secondInputs">Bytes from there to the tiles of 16 more.</param>
    /// <param name="weights">The tiles of 16 rows.</param>
    /// <param name="secondWeights">Bytes from there to the tiles of 16 more.</param>
    /// <param name="tiles">How many there are, at least one: columns by <see cref="Columns"/>.</param>
    /// <param name="sums">Receives an input's sums with all rows, then the next input's.</param>
    public static void Run(byte* inputs, nint secondInputs, byte* weights, nint secondWeights, nint tiles, int* sums) =>
        Product(inputs, weights, sums, secondWeights, tiles, secondInputs);
}
