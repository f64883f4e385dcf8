using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.MachineCode;
using Sparsum.Tensors.Backends.Cpu.Tiles;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>The innermost product of inputs with rows of <see cref="Int8RowsWeight"/>: exact sums of integers, the same on every instruction set.</summary>
internal unsafe interface IInt8RowKernel
{
    /// <summary>The best for few inputs on this machine.</summary>
    static IInt8RowKernel ForFew { get; } =
        ByteDotCode.IsSupported ? new Int8WideKernel()
        : AvxVnni.IsSupported ? new Int8RowKernel<VnniLanes, Float256>()
        : Avx512BW.IsSupported ? new Int8RowKernel<Avx512Lanes, Float512>()
        : Avx2.IsSupported ? new Int8RowKernel<Avx2Lanes, Float256>()
        : new Int8RowKernel<NarrowLanes, Float128>();

    /// <summary>The best for many, which reads the same panels.</summary>
    static IInt8RowKernel ForMany { get; } = ByteDotCode.IsSupported && TileProcessor.IsSupported ? new Int8TileKernel() : ForFew;

    /// <summary>Rows of a panel: four of their bytes lie side by side, then the next four.</summary>
    int PanelRows { get; }

    /// <summary>Rows of inputs that pass at a time, at most; even, so that an input's two stay together.</summary>
    int InputRows { get; }

    /// <summary>Whether <see cref="Int8RowInputs"/> lie in tiles.</summary>
    bool ReadsTiles { get; }

    /// <summary>What is added to inputs, because the instructions read unsigned bytes: 128 or 0.</summary>
    int InputOffset { get; }

    /// <summary>Stands before the first <see cref="Run"/> of a thread's piece of work.</summary>
    void Enter();

    /// <summary>Stands behind the last.</summary>
    void Leave();

    /// <summary>The products of some rows of inputs with a panel.</summary>
    /// <param name="inputs">Where the inputs are.</param>
    /// <param name="row">The first of their rows.</param>
    /// <param name="count">How many, from 1 to <see cref="InputRows"/>.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="starts">A word a row: what is too much in the sums because of <see cref="InputOffset"/>, negated.</param>
    /// <param name="chunks">Chunks of a row, at least one.</param>
    /// <param name="sums">Receives the sums, <see cref="PanelRows"/> for each of <see cref="InputRows"/>; those of no input are undefined.</param>
    void Run(Int8RowInputs inputs, int row, int count, byte* panel, int* starts, int chunks, int* sums);
}
