using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.MachineCode;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// The innermost product of many inputs with a panel of a weight, both in blocks of 32: integers within a block, then the sum of each row times
/// the factors of both is added to its result, block after block. The same bits on every instruction set.
/// </summary>
internal unsafe interface IInt8BlockKernel
{
    /// <summary>The best for this machine.</summary>
    static IInt8BlockKernel Best { get; } =
        ByteBlockCode.IsSupported ? new Int8WideBlockKernel()
        : AvxVnni.IsSupported ? new Int8BlockKernel<VnniLanes, Float256>()
        : Avx512BW.IsSupported ? new Int8BlockKernel<Avx512Lanes, Float512>()
        : Avx2.IsSupported ? new Int8BlockKernel<Avx2Lanes, Float256>()
        : new Int8BlockKernel<NarrowLanes, Float128>();

    /// <summary>Rows of a panel.</summary>
    int Width { get; }

    /// <summary>Inputs that pass at a time, at most.</summary>
    int Tokens { get; }

    /// <summary>What is added to inputs, because the instructions read unsigned bytes: 128 or 0.</summary>
    int InputOffset { get; }

    /// <summary>Writes what the sums of a block start at, a word a row.</summary>
    /// <param name="quads">The block: four columns at a time, a word of four bytes per row.</param>
    /// <param name="starts">Receives <see cref="Width"/> words.</param>
    void WriteStarts(int* quads, int* starts);

    /// <summary>Adds the products of some blocks to <paramref name="output"/>.</summary>
    /// <param name="heads">For each block of a panel a word per row that sums start at, and a factor per row.</param>
    /// <param name="quads">For each block, four columns at a time, a word of four bytes per row.</param>
    /// <param name="blocks">How many, at least one.</param>
    /// <param name="inputs">Where the inputs are.</param>
    /// <param name="token">The first of them.</param>
    /// <param name="count">How many, from 1 to <see cref="Tokens"/>.</param>
    /// <param name="firstBlock">The block of the inputs that meets the first of the panel.</param>
    /// <param name="output">The results of <see cref="Tokens"/> inputs with the panel, one input after the other; those of no input are undefined.</param>
    void Add(int* heads, int* quads, int blocks, Int8Inputs inputs, int token, int count, int firstBlock, float* output);
}
