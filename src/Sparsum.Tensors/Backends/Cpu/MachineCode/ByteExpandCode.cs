using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>
/// Products of bytes like <see cref="ByteDotCode"/>, of one or two inputs with rows that lack their zeros: a bit for each of 64 columns says which
/// of them are there, and those bytes follow one another. A row never leaves the registers.
/// </summary>
internal static unsafe class ByteExpandCode
{
    /// <summary>Inputs, at most.</summary>
    public const int MostInputs = 2;

    /// <summary>Partial sums of a row with an input.</summary>
    public const int Lanes = 16;

    private const int RegisterBytes = 64;
    private const int MaskBytes = sizeof(ulong);

    // Registers of 512 bits: sums of two inputs, a row's bytes as they lie and in their places, and an input.
    private const int Values = MostInputs;
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

    private static readonly nint[] Functions =
        ByteDotCode.IsSupported && Avx512Vbmi2.IsSupported ? [.. Enumerable.Range(1, MostInputs).Select(Create)] : [];

    /// <summary>Whether <see cref="ByteDotCode"/> is, and the processor has AVX512-VBMI2.</summary>
    public static bool IsSupported { get; } = Functions.Length > 0 && !Functions.Contains(0);

    /// <summary>Writes the sums of rows with inputs, each in <see cref="Lanes"/> parts.</summary>
    /// <param name="count">Inputs, from 1 to <see cref="MostInputs"/>.</param>
    /// <param name="operands">The operands; they are used up.</param>
    public static void Run(int count, Operands* operands) =>
        ((delegate* unmanaged[SuppressGCTransition]<Operands*, void>)Functions[count - 1])(operands);

    private static nint Create(int inputs)
    {
        var code = new Assembler();
        code.Load(Masks, Field(nameof(Operands.Masks)));
        code.Load(Bytes, Field(nameof(Operands.Values)));
        code.Load(InputStride, Field(nameof(Operands.InputStride)));
        code.Load(Sums, Field(nameof(Operands.Sums)));
        int row = code.Length;
        code.Load(Inputs, Field(nameof(Operands.Inputs)));
        code.Load(Chunks, Field(nameof(Operands.Chunks)));
        for (int input = 0; input < inputs; input++)
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
        for (int input = 0; input < inputs; input++)
        {
            code.Load(Input + input, input == 0 ? new(Inputs, 0) : new(Inputs, 0, InputStride));
            code.AddProducts(input, Input + input, Row);
        }

        code.Add(Masks, MaskBytes);
        code.Add(Inputs, RegisterBytes);
        code.Repeat(Chunks, chunk);
        for (int input = 0; input < inputs; input++)
        {
            code.Store(new(Sums, input * RegisterBytes), input);
        }

        code.Add(Sums, inputs * RegisterBytes);
        code.Repeat(Field(nameof(Operands.Rows)), row);
        code.Return();
        return ExecutableCode.TryCreate(code.ToArray());
    }

    private static MemoryOperand Field(string name) => new(Arguments, (int)Marshal.OffsetOf<Operands>(name));

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

        /// <summary>Receives the parts of the sums, all inputs of a row, then the next row.</summary>
        public int* Sums;
    }
}
