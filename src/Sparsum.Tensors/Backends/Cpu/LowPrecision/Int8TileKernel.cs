using Sparsum.Tensors.Backends.Cpu.Tiles;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>32 inputs by two panels of 16 rows, in the processor's tile registers.</summary>
internal sealed unsafe class Int8TileKernel : IInt8RowKernel
{
    /// <inheritdoc/>
    public int PanelRows => TileRegisters.Rows;

    /// <inheritdoc/>
    public int Panels => ByteTileCode.Size / TileRegisters.Rows;

    /// <inheritdoc/>
    public int Tokens => ByteTileCode.Size;

    /// <inheritdoc/>
    public bool ReadsTiles => true;

    /// <inheritdoc/>
    public int InputOffset => 0;

    /// <inheritdoc/>
    public void Enter() => TileRegisters.Enter();

    /// <inheritdoc/>
    public void Leave() => TileRegisters.Leave();

    /// <inheritdoc/>
    public void Run(Int8RowInputs inputs, int token, int count, byte* panel, nint nextPanel, int* starts, int chunks, int* sums)
    {
        nint next = count > TileRegisters.Rows ? (nint)chunks * TileRegisters.TileBytes : 0;
        ByteTileCode.Run(inputs.Integers(token), next, panel, nextPanel, chunks, sums);
    }
}
