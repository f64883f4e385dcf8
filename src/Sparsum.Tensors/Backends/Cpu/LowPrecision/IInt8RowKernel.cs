using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Tiles;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>The innermost product of inputs with rows of <see cref="Int8RowsWeight"/>: exact sums of integers, the same on every instruction set.</summary>
internal unsafe interface IInt8RowKernel
{
    /// <summary>The best for a few inputs on this machine.</summary>
    static IInt8RowKernel OfVectors { get; } =
        AvxVnni.IsSupported ? new Int8RowKernel<VnniLanes, Float256>()
        : Avx512BW.IsSupported ? new Int8RowKernel<Avx512Lanes, Float512>()
        : Avx2.IsSupported ? new Int8RowKernel<Avx2Lanes, Float256>()
        : new Int8RowKernel<NarrowLanes, Float128>();

    /// <summary>The best for many. It reads the same panels, which those of <see cref="Avx512Lanes"/>, twice as wide, are not.</summary>
    static IInt8RowKernel ForMany { get; } =
        OfVectors.PanelRows == TileRegisters.Rows && TileProcessor.IsSupported ? new Int8TileKernel() : OfVectors;

    /// <summary>Rows of a panel: four of their bytes lie side by side, then the next four.</summary>
    int PanelRows { get; }

    /// <summary>Neighbouring panels that pass at a time.</summary>
    int Panels { get; }

    /// <summary>Inputs that pass at a time, at most.</summary>
    int Tokens { get; }

    /// <summary>Whether <see cref="Int8RowInputs"/> lie in tiles.</summary>
    bool ReadsTiles { get; }

    /// <summary>What is added to inputs, because the instructions read unsigned bytes: 128 or 0.</summary>
    int InputOffset { get; }

    /// <summary>Stands before the first <see cref="Run"/> of a thread's piece of work.</summary>
    void Enter();

    /// <summary>Stands behind the last.</summary>
    void Leave();

    /// <summary>The products of some inputs with some panels.</summary>
    /// <param name="inputs">Where the inputs are.</param>
    /// <param name="token">The first of them.</param>
    /// <param name="count">How many, from 1 to <see cref="Tokens"/>.</param>
    /// <param name="panel">The first panel.</param>
    /// <param name="nextPanel">Bytes from there to the next, 0 where there is none.</param>
    /// <param name="starts">A word a row: what is too much in the sums because of <see cref="InputOffset"/>, negated.</param>
    /// <param name="chunks">Chunks of a row, at least one.</param>
    /// <param name="sums">
    /// Receives the sums, <see cref="PanelRows"/> times <see cref="Panels"/> for each of <see cref="Tokens"/>; those of no input and of no panel
    /// are undefined.
    /// </param>
    void Run(Int8RowInputs inputs, int token, int count, byte* panel, nint nextPanel, int* starts, int chunks, int* sums);
}
