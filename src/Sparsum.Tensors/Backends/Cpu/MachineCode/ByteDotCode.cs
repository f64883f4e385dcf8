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

    /// <summary>Inputs for which a panel is read once: one token has a row, or two.</summary>
    private const int MostReadOnce = 2;

    /// <summary>Steps of four columns that one turn of the loop takes.</summary>
    private const int Unrolled = 4;

    private const int FeatureLeaf = 7;
    private const int VnniBit = 11;

    /// <summary>Each points to three inputs.</summary>
    private static readonly GeneralRegister[] Inputs = [GeneralRegister.Rdi, GeneralRegister.R10, GeneralRegister.R11, GeneralRegister.Rax];

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
        var code = new Assembler();
        code.AddThrice(GeneralRegister.R10, GeneralRegister.Rdi, GeneralRegister.Rcx);
        code.AddThrice(GeneralRegister.R11, GeneralRegister.R10, GeneralRegister.Rcx);
        code.AddThrice(GeneralRegister.Rax, GeneralRegister.R11, GeneralRegister.Rcx);
        for (int input = 0; input < inputs; input++)
        {
            code.Load(2 * input, new(GeneralRegister.R9, 0));
            code.Load((2 * input) + 1, new(GeneralRegister.R9, RegisterBytes));
        }

        int turn = code.Length;
        for (int step = 0; step < Unrolled; step++)
        {
            if (inputs <= MostReadOnce)
            {
                code.Prefetch(new(GeneralRegister.Rsi, FirstLevelCache.FetchAhead + (step * StepBytes)));
                code.Prefetch(new(GeneralRegister.Rsi, FirstLevelCache.FetchAhead + (step * StepBytes) + RegisterBytes));
            }

            code.Load(Weights, new(GeneralRegister.Rsi, step * StepBytes));
            code.Load(Weights + 1, new(GeneralRegister.Rsi, (step * StepBytes) + RegisterBytes));
            for (int input = 0; input < inputs; input++)
            {
                int spare = FirstSpare + (input % Spares);
                code.Broadcast(spare, MemoryOperand.InRow(Inputs, GeneralRegister.Rcx, input, step * sizeof(int)));
                code.AddProducts(2 * input, spare, Weights);
                code.AddProducts((2 * input) + 1, spare, Weights + 1);
            }
        }

        code.Add(GeneralRegister.Rsi, Unrolled * StepBytes);
        foreach (var register in Inputs)
        {
            code.Add(register, Unrolled * sizeof(int));
        }

        code.Repeat(GeneralRegister.R8, turn);
        for (int register = 0; register < 2 * inputs; register++)
        {
            code.Store(new(GeneralRegister.Rdx, register * RegisterBytes), register);
        }

        code.Return();
        return ExecutableCode.TryCreate(code.ToArray());
    }
}
