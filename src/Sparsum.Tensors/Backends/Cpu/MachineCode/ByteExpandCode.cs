using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>
/// Products of bytes like <see cref="ByteDotCode"/>, of two inputs with rows that lack their zeros: a bit for each of 64 columns says which
/// of them are there, and those bytes follow one another. A row never leaves the registers.
/// </summary>
internal static unsafe class ByteExpandCode
{
    /// <summary>Inputs: a token's integers and what rounding left of it.</summary>
    public const int InputCount = 2;

    /// <summary>Partial sums of a row with an input.</summary>
    public const int Lanes = 16;

    private const int RegisterBytes = 64;
    private const int MaskBytes = sizeof(ulong);

    // Registers of 512 bits: sums of two inputs, a row's bytes as they lie and in their places, and an input.
    private const int Values = InputCount;
    private const int Row = Values + 1;
    private const int Input = Row + 1;

    private const GeneralRegister Arguments = GeneralRegister.Rdi;
    private const GeneralRegister Masks = GeneralRegister.Rsi;
    private const GeneralRegister Bytes = GeneralRegister.Rdx;
    private const GeneralRegister Inputs = GeneralRegister.Rcx;
    private const GeneralRegister InputStride = GeneralRegister.R8;
    private const GeneralRegister Chunks = GeneralRegister.R9;
    private const GeneralRegister Sums = GeneralRegister.R10;
    private const GeneralRegister Count = GeneralRegister.Rax;

    private static readonly nint Function = ByteDotCode.IsSupported && Avx512Vbmi2.IsSupported ? Create() : 0;

    /// <summary>Whether <see cref="ByteDotCode"/> is, and the processor has AVX512-VBMI2.</summary>
    public static bool IsSupported => Function != 0;

    /// <summary>Writes the sums of rows with both inputs, each in <see cref="Lanes"/> parts.</summary>
    /// <param name="operands">The operands; they are used up.</param>
    public static void Run(Operands* operands) => ((delegate* unmanaged[SuppressGCTransition]<Operands*, void>)Function)(operands);

    private static nint Create()
    {
        var code = new Assembler();
        code.Load(Masks, Field(nameof(Operands.Masks)));
        code.Load(Bytes, Field(nameof(Operands.Values)));
        code.Load(InputStride, Field(nameof(Operands.InputStride)));
        code.Load(Sums, Field(nameof(Operands.Sums)));
        int row = code.Length;
        code.Load(Inputs, Field(nameof(Operands.Inputs)));
        code.Load(Chunks, Field(nameof(Operands.Chunks)));
        for (int input = 0; input < InputCount; input++)
        {
            code.Clear(input);
        }

        int chunk = code.Length;
        code.LoadMask(Masks);
        code.Load(Values, new(Bytes, 0));
        code.Prefetch(new(Bytes, FirstLevelCache.FetchAhead));
        code.CountBits(Count, Masks);
        code.Add(Bytes, Count);
        code.Expand(Row, Values);
        for (int input = 0; input < InputCount; input++)
        {
            code.Load(Input + input, input == 0 ? new(Inputs, 0) : new(Inputs, 0, InputStride));
            code.AddProducts(input, Input + input, Row);
        }

        code.Add(Masks, MaskBytes);
        code.Add(Inputs, RegisterBytes);
        code.Repeat(Chunks, chunk);
        for (int input = 0; input < InputCount; input++)
        {
            code.Store(new(Sums, input * RegisterBytes), input);
        }

        code.Add(Sums, InputCount * RegisterBytes);
        code.Repeat(Field(nameof(Operands.Rows)), row);
        code.Return();
        return ExecutableCode.TryCreate(code.ToArray());
    }

    private static MemoryOperand Field(string name) => MemoryOperand.Field<Operands>(Arguments, name);

    /// <summary>What is multiplied.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Operands
    {
        /// <summary>The rows' bits, 64 columns a word, row after row.</summary>
        public ulong* Masks;

        /// <summary>The bytes that are there; 64 more can be read behind the last.</summary>
        public byte* Values;

        /// <summary>The first input, in unsigned bytes.</summary>
        public byte* Inputs;

        /// <summary>Bytes from one to the next.</summary>
        public nint InputStride;

        /// <summary>Words of bits of a row, at least one.</summary>
        public nint Chunks;

        /// <summary>How many rows, at least one.</summary>
        public nint Rows;

        /// <summary>Receives the parts of the sums, both inputs of a row, then the next row.</summary>
        public int* Sums;
    }
}
