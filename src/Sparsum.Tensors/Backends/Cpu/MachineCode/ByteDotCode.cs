using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>
/// Products of bytes by <c>vpdpbusd</c> on 512 bits (AVX512-VNNI), which .NET has no name for: 1 to <see cref="MostInputs"/> inputs of unsigned
/// bytes by 32 rows of signed ones. The code calls nothing and keeps to the System V convention of x64.
/// </summary>
internal static unsafe class ByteDotCode
{
    /// <summary>Rows of a panel: two registers of sums.</summary>
    public const int Rows = 32;

    /// <summary>Inputs whose sums, the panel's registers and a few more fill the 32 registers there are.</summary>
    public const int MostInputs = 12;

    private const int RegisterBytes = 64;
    private const int StepBytes = 2 * RegisterBytes;
    private const int Weights = 2 * MostInputs;
    private const int FirstSpare = Weights + 2;
    private const int Spares = 32 - FirstSpare;

    /// <summary>Steps of four columns that one turn of the loop takes.</summary>
    private const int Unrolled = 4;

    private const int FeatureLeaf = 7;
    private const int VnniBit = 11;

    private static readonly nint[] Functions = IsInProcessor() ? [.. Enumerable.Range(1, MostInputs).Select(Create)] : [];

    /// <summary>True on Linux for x64 where the processor has the instruction, vectors of 512 bits are not switched off, and the system grants code of one's own.</summary>
    public static bool IsSupported { get; } = Functions.Length > 0 && !Functions.Contains(0);

    /// <summary><c>sums [inputs, 32] = starts [32] + inputs · panelᵀ</c>.</summary>
    /// <param name="count">Inputs, from 1 to <see cref="MostInputs"/>.</param>
    /// <param name="inputs">The first.</param>
    /// <param name="stride">Bytes from one to the next.</param>
    /// <param name="panel">Four bytes of each row side by side, then the next four.</param>
    /// <param name="steps">How many fours there are, a multiple of 4 and not 0.</param>
    /// <param name="starts">What each row's sums start at.</param>
    /// <param name="sums">Receives the sums.</param>
    public static void Run(int count, byte* inputs, nint stride, byte* panel, nint steps, int* starts, int* sums) =>
        ((delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int*, nint, nint, int*, void>)Functions[count - 1])(
            inputs, panel, sums, stride, steps / Unrolled, starts);

    private static bool IsInProcessor() => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
        && Avx512BW.IsSupported && ((X86Base.CpuId(FeatureLeaf, 0).Ecx >> VnniBit) & 1) != 0;

    // rdi: inputs, rsi: panel, rdx: sums, rcx: bytes from input to input, r8: turns, r9: starts.
    private static nint Create(int inputs)
    {
        var code = new EvexAssembler();
        code.Append(0x4C, 0x8D, 0x14, 0x4F, 0x49, 0x01, 0xCA);      // lea r10, [rdi + 2 * rcx]; add r10, rcx
        code.Append(0x4D, 0x8D, 0x1C, 0x4A, 0x49, 0x01, 0xCB);      // lea r11, [r10 + 2 * rcx]; add r11, rcx
        code.Append(0x49, 0x8D, 0x04, 0x4B, 0x48, 0x01, 0xC8);      // lea rax, [r11 + 2 * rcx]; add rax, rcx
        for (int input = 0; input < inputs; input++)
        {
            code.Load(2 * input, new(GeneralRegister.R9, 0));
            code.Load((2 * input) + 1, new(GeneralRegister.R9, RegisterBytes));
        }

        int turn = code.Length;
        for (int step = 0; step < Unrolled; step++)
        {
            if (inputs == 1)
            {
                Prefetch(code, FirstLevelCache.FetchAhead + (step * StepBytes));
                Prefetch(code, FirstLevelCache.FetchAhead + (step * StepBytes) + RegisterBytes);
            }

            code.Load(Weights, new(GeneralRegister.Rsi, step * StepBytes));
            code.Load(Weights + 1, new(GeneralRegister.Rsi, (step * StepBytes) + RegisterBytes));
            for (int input = 0; input < inputs; input++)
            {
                int spare = FirstSpare + (input % Spares);
                code.Broadcast(spare, At(input, step * sizeof(int)));
                code.AddProducts(2 * input, spare, Weights);
                code.AddProducts((2 * input) + 1, spare, Weights + 1);
            }
        }

        code.Append(0x48, 0x81, 0xC6, 0x00, 0x02, 0x00, 0x00);      // add rsi, 512
        code.Append(0x48, 0x83, 0xC7, 0x10);                        // add rdi, 16
        code.Append(0x49, 0x83, 0xC2, 0x10);                        // add r10, 16
        code.Append(0x49, 0x83, 0xC3, 0x10);                        // add r11, 16
        code.Append(0x48, 0x83, 0xC0, 0x10);                        // add rax, 16
        code.Append(0x49, 0xFF, 0xC8);                              // dec r8
        code.Append(0x0F, 0x85);                                    // jnz turn
        AppendWord(code, turn - (code.Length + sizeof(int)));
        for (int register = 0; register < 2 * inputs; register++)
        {
            code.Store(new(GeneralRegister.Rdx, register * RegisterBytes), register);
        }

        code.Append(0xC5, 0xF8, 0x77, 0xC3);                        // vzeroupper; ret
        return ExecutableCode.TryCreate(code.ToArray());
    }

    /// <summary>Three inputs from each of four registers.</summary>
    private static MemoryOperand At(int input, int offset)
    {
        GeneralRegister[] bases = [GeneralRegister.Rdi, GeneralRegister.R10, GeneralRegister.R11, GeneralRegister.Rax];
        return (input % 3) switch
        {
            0 => new(bases[input / 3], offset),
            var scale => new(bases[input / 3], offset, GeneralRegister.Rcx, scale),
        };
    }

    private static void Prefetch(EvexAssembler code, int displacement)
    {
        code.Append(0x0F, 0x18, 0x8E);                              // prefetcht0 [rsi + displacement]
        AppendWord(code, displacement);
    }

    private static void AppendWord(EvexAssembler code, int word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, word);
        code.Append(bytes);
    }
}
