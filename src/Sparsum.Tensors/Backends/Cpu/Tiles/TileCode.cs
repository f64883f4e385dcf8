using Sparsum.Tensors.Backends.Cpu.MachineCode;

namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>
/// The product of two packed panels in the processor's tile registers, as machine code: .NET has no names for these instructions. The code
/// calls nothing and keeps to the System V convention of x64: arguments in rdi, rsi, rdx, rcx and r8, and no register that is the caller's.
/// </summary>
/// <remarks>Instructions: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, under AMX.</remarks>
internal static unsafe class TileCode
{
    /// <summary>Values of bfloat16 in a row of a tile: the steps of depth of one instruction.</summary>
    public const int Steps = 32;

    private static readonly delegate* unmanaged[SuppressGCTransition]<float*, float*, float*, nint, nint, void> Overwrite;
    private static readonly delegate* unmanaged[SuppressGCTransition]<float*, float*, float*, nint, nint, void> Add;

    static TileCode()
    {
        Overwrite = (delegate* unmanaged[SuppressGCTransition]<float*, float*, float*, nint, nint, void>)ExecutableCode.Create(
            [.. Begin, .. ZeroResults, .. Multiply, .. StoreResults]);
        Add = (delegate* unmanaged[SuppressGCTransition]<float*, float*, float*, nint, nint, void>)ExecutableCode.Create(
            [.. Begin, .. LoadResults, .. Multiply, .. StoreResults]);
    }

    // rdi: A, rsi: B, rdx: C, rcx: bytes from row to row of C, r8: blocks of 32 steps.
    // tmm0 to tmm3 hold 32 x 32 results; r9 points to the lower half of them.
    private static ReadOnlySpan<byte> Begin =>
    [
        0xB8, 0x40, 0x00, 0x00, 0x00,                               // mov eax, 64
        0x49, 0x89, 0xC9,                                           // mov r9, rcx
        0x49, 0xC1, 0xE1, 0x04,                                     // shl r9, 4
        0x49, 0x01, 0xD1,                                           // add r9, rdx
    ];

    private static ReadOnlySpan<byte> ZeroResults =>
    [
        0xC4, 0xE2, 0x7B, 0x49, 0xC0,                               // tilezero tmm0
        0xC4, 0xE2, 0x7B, 0x49, 0xC8,                               // tilezero tmm1
        0xC4, 0xE2, 0x7B, 0x49, 0xD0,                               // tilezero tmm2
        0xC4, 0xE2, 0x7B, 0x49, 0xD8,                               // tilezero tmm3
    ];

    private static ReadOnlySpan<byte> LoadResults =>
    [
        0xC4, 0xE2, 0x7B, 0x4B, 0x04, 0x0A,                         // tileloadd tmm0, [rdx + rcx]
        0xC4, 0xE2, 0x7B, 0x4B, 0x4C, 0x0A, 0x40,                   // tileloadd tmm1, [rdx + rcx + 64]
        0xC4, 0xC2, 0x7B, 0x4B, 0x14, 0x09,                         // tileloadd tmm2, [r9 + rcx]
        0xC4, 0xC2, 0x7B, 0x4B, 0x5C, 0x09, 0x40,                   // tileloadd tmm3, [r9 + rcx + 64]
    ];

    // A block of a panel is four tiles of 1 KiB: both halves of its lanes in their large parts, then in their small parts. Large by large,
    // large by small, small by large; small by small is left out, it is below the last bit of the parts.
    private static ReadOnlySpan<byte> Multiply =>
    [
        0xC4, 0xE2, 0x7B, 0x4B, 0x24, 0x07,                         // step: tileloadd tmm4, [rdi + rax]
        0xC4, 0xE2, 0x7B, 0x4B, 0x34, 0x06,                         // tileloadd tmm6, [rsi + rax]
        0xC4, 0xE2, 0x4A, 0x5C, 0xC4,                               // tdpbf16ps tmm0, tmm4, tmm6
        0xC4, 0xE2, 0x7B, 0x4B, 0xBC, 0x06, 0x00, 0x04, 0x00, 0x00, // tileloadd tmm7, [rsi + rax + 1024]
        0xC4, 0xE2, 0x42, 0x5C, 0xCC,                               // tdpbf16ps tmm1, tmm4, tmm7
        0xC4, 0xE2, 0x7B, 0x4B, 0xAC, 0x07, 0x00, 0x04, 0x00, 0x00, // tileloadd tmm5, [rdi + rax + 1024]
        0xC4, 0xE2, 0x4A, 0x5C, 0xD5,                               // tdpbf16ps tmm2, tmm5, tmm6
        0xC4, 0xE2, 0x42, 0x5C, 0xDD,                               // tdpbf16ps tmm3, tmm5, tmm7
        0xC4, 0xE2, 0x7B, 0x4B, 0xB4, 0x06, 0x00, 0x08, 0x00, 0x00, // tileloadd tmm6, [rsi + rax + 2048]
        0xC4, 0xE2, 0x4A, 0x5C, 0xC4,                               // tdpbf16ps tmm0, tmm4, tmm6
        0xC4, 0xE2, 0x7B, 0x4B, 0xBC, 0x06, 0x00, 0x0C, 0x00, 0x00, // tileloadd tmm7, [rsi + rax + 3072]
        0xC4, 0xE2, 0x42, 0x5C, 0xCC,                               // tdpbf16ps tmm1, tmm4, tmm7
        0xC4, 0xE2, 0x4A, 0x5C, 0xD5,                               // tdpbf16ps tmm2, tmm5, tmm6
        0xC4, 0xE2, 0x42, 0x5C, 0xDD,                               // tdpbf16ps tmm3, tmm5, tmm7
        0xC4, 0xE2, 0x7B, 0x4B, 0xA4, 0x07, 0x00, 0x08, 0x00, 0x00, // tileloadd tmm4, [rdi + rax + 2048]
        0xC4, 0xE2, 0x7B, 0x4B, 0x34, 0x06,                         // tileloadd tmm6, [rsi + rax]
        0xC4, 0xE2, 0x4A, 0x5C, 0xC4,                               // tdpbf16ps tmm0, tmm4, tmm6
        0xC4, 0xE2, 0x7B, 0x4B, 0xBC, 0x06, 0x00, 0x04, 0x00, 0x00, // tileloadd tmm7, [rsi + rax + 1024]
        0xC4, 0xE2, 0x42, 0x5C, 0xCC,                               // tdpbf16ps tmm1, tmm4, tmm7
        0xC4, 0xE2, 0x7B, 0x4B, 0xAC, 0x07, 0x00, 0x0C, 0x00, 0x00, // tileloadd tmm5, [rdi + rax + 3072]
        0xC4, 0xE2, 0x4A, 0x5C, 0xD5,                               // tdpbf16ps tmm2, tmm5, tmm6
        0xC4, 0xE2, 0x42, 0x5C, 0xDD,                               // tdpbf16ps tmm3, tmm5, tmm7
        0x48, 0x81, 0xC7, 0x00, 0x10, 0x00, 0x00,                   // add rdi, 4096
        0x48, 0x81, 0xC6, 0x00, 0x10, 0x00, 0x00,                   // add rsi, 4096
        0x49, 0xFF, 0xC8,                                           // dec r8
        0x0F, 0x85, 0x55, 0xFF, 0xFF, 0xFF,                         // jnz step
    ];

    private static ReadOnlySpan<byte> StoreResults =>
    [
        0xC4, 0xE2, 0x7A, 0x4B, 0x04, 0x0A,                         // tilestored [rdx + rcx], tmm0
        0xC4, 0xE2, 0x7A, 0x4B, 0x4C, 0x0A, 0x40,                   // tilestored [rdx + rcx + 64], tmm1
        0xC4, 0xC2, 0x7A, 0x4B, 0x14, 0x09,                         // tilestored [r9 + rcx], tmm2
        0xC4, 0xC2, 0x7A, 0x4B, 0x5C, 0x09, 0x40,                   // tilestored [r9 + rcx + 64], tmm3
        0xC3,                                                       // ret
    ];

    /// <summary>
    /// <c>C [32, 32] (+)= A · B</c> for one panel of each, as <see cref="SplitPacking"/> writes them, between <see cref="TileRegisters.Enter"/> and
    /// <see cref="TileRegisters.Leave"/>; <paramref name="depth"/> is a multiple of <see cref="Steps"/>, <paramref name="stride"/> the distance of the rows
    /// of C in floats.
    /// </summary>
    public static void Run(nint depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        if (depth == 0)
        {
            for (int row = 0; row < 2 * TileRegisters.Rows && !accumulate; row++)
            {
                new Span<float>(c + (row * stride), 2 * TileRegisters.Rows).Clear();
            }
        }
        else if (accumulate)
        {
            Add(a, b, c, stride * sizeof(float), depth / Steps);
        }
        else
        {
            Overwrite(a, b, c, stride * sizeof(float), depth / Steps);
        }
    }
}
