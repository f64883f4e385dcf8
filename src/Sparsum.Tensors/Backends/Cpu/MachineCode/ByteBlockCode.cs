using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>
/// Products of bytes in blocks of 32 by <c>vpdpbusd</c> on 512 bits, like <see cref="ByteDotCode"/>: 1 to <see cref="MostInputs"/> inputs by 32
/// rows, where each block's sums times the factors of both are added to float32 results.
/// </summary>
internal static unsafe class ByteBlockCode
{
    /// <summary>Rows of a panel: two registers of results and two of a block's sums.</summary>
    public const int Rows = 32;

    /// <summary>Inputs whose sums and results fill the registers there are.</summary>
    public const int MostInputs = 6;

    private const int RegisterBytes = 64;
    private const int PanelBytes = 2 * RegisterBytes;
    private const int Steps = 8;
    private const int Results = 2 * MostInputs;
    private const int Weights = 2 * Results;
    private const int FirstSpare = Weights + 2;
    private const int Spares = 32 - FirstSpare;

    // rdi points to the operands; most are taken into the registers that remain.
    private const GeneralRegister Arguments = GeneralRegister.Rdi;
    private const GeneralRegister Quads = GeneralRegister.Rsi;
    private const GeneralRegister Heads = GeneralRegister.Rdx;
    private const GeneralRegister InputStride = GeneralRegister.Rcx;
    private const GeneralRegister FactorStride = GeneralRegister.R9;
    private const GeneralRegister Output = GeneralRegister.Rax;

    /// <summary>Each points to three inputs.</summary>
    private static readonly GeneralRegister[] Inputs = [GeneralRegister.R8, GeneralRegister.R10];

    /// <summary>Each points to the factors of three.</summary>
    private static readonly GeneralRegister[] Factors = [GeneralRegister.R11, GeneralRegister.Rax];

    private static readonly nint[] Functions = ByteDotCode.IsSupported ? [.. Enumerable.Range(1, MostInputs).Select(Create)] : [];

    /// <summary>Whether <see cref="ByteDotCode"/> is, and there was room for this too.</summary>
    public static bool IsSupported { get; } = Functions.Length > 0 && !Functions.Contains(0);

    /// <summary>Adds the products of blocks to results.</summary>
    /// <param name="count">Inputs, from 1 to <see cref="MostInputs"/>.</param>
    /// <param name="operands">The operands; they are used up.</param>
    public static void Run(int count, Operands* operands) =>
        ((delegate* unmanaged[SuppressGCTransition]<Operands*, void>)Functions[count - 1])(operands);

    private static nint Create(int inputs)
    {
        var code = new Assembler();
        code.Load(Output, Field(nameof(Operands.Output)));
        for (int register = 0; register < 2 * inputs; register++)
        {
            code.Load(Results + register, new(Output, register * RegisterBytes));
        }

        code.Load(Quads, Field(nameof(Operands.Quads)));
        code.Load(Heads, Field(nameof(Operands.Heads)));
        code.Load(InputStride, Field(nameof(Operands.InputStride)));
        code.Load(FactorStride, Field(nameof(Operands.FactorStride)));
        code.Load(Inputs[0], Field(nameof(Operands.Inputs)));
        code.AddThrice(Inputs[1], Inputs[0], InputStride);
        code.Load(Factors[0], Field(nameof(Operands.Factors)));
        code.AddThrice(Factors[1], Factors[0], FactorStride);
        int block = code.Length;
        for (int sum = 0; sum < 2 * inputs; sum++)
        {
            code.Load(sum, new(Heads, sum % 2 * RegisterBytes));
        }

        int spare = 0;
        for (int step = 0; step < Steps; step++)
        {
            code.Load(Weights, new(Quads, step * PanelBytes));
            code.Load(Weights + 1, new(Quads, (step * PanelBytes) + RegisterBytes));
            for (int input = 0; input < inputs; input++)
            {
                int words = NextSpare();
                code.Broadcast(words, MemoryOperand.InRow(Inputs, InputStride, input, step * sizeof(int)));
                code.AddProducts(2 * input, words, Weights);
                code.AddProducts((2 * input) + 1, words, Weights + 1);
            }
        }

        code.Load(Weights, new(Heads, PanelBytes));
        code.Load(Weights + 1, new(Heads, PanelBytes + RegisterBytes));
        for (int input = 0; input < inputs; input++)
        {
            int factor = NextSpare();
            code.Broadcast(factor, MemoryOperand.InRow(Factors, FactorStride, input, 0));
            for (int half = 0; half < 2; half++)
            {
                int sum = (2 * input) + half;
                int product = NextSpare();
                code.Multiply(product, Weights + half, factor);
                code.ToFloats(sum, sum);
                code.MultiplyAdd(Results + sum, sum, product);
            }
        }

        code.Add(Quads, Steps * PanelBytes);
        code.Add(Heads, 2 * PanelBytes);
        Array.ForEach(Inputs, register => code.Add(register, Steps * sizeof(int)));
        Array.ForEach(Factors, register => code.Add(register, sizeof(float)));
        code.Repeat(Field(nameof(Operands.Blocks)), block);
        code.Load(Output, Field(nameof(Operands.Output)));
        for (int register = 0; register < 2 * inputs; register++)
        {
            code.Store(new(Output, register * RegisterBytes), Results + register);
        }

        code.Return();
        return ExecutableCode.TryCreate(code.ToArray());

        int NextSpare() => FirstSpare + (spare++ % Spares);
    }

    private static MemoryOperand Field(string name) => MemoryOperand.Field<Operands>(Arguments, name);

    /// <summary>What is multiplied.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Operands
    {
        /// <summary>For each block, four columns at a time, a word of four bytes per row.</summary>
        public int* Quads;

        /// <summary>For each block a word per row that sums start at, and a factor per row.</summary>
        public int* Heads;

        /// <summary>The first input, in bytes.</summary>
        public byte* Inputs;

        /// <summary>Bytes from one to the next.</summary>
        public nint InputStride;

        /// <summary>The factors of the first input's blocks.</summary>
        public float* Factors;

        /// <summary>Bytes from one input's to the next input's.</summary>
        public nint FactorStride;

        /// <summary>The results, <see cref="Rows"/> for each input.</summary>
        public float* Output;

        /// <summary>How many blocks, at least one.</summary>
        public nint Blocks;
    }
}
