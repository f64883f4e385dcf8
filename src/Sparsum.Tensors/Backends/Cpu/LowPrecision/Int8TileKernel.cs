using Sparsum.Tensors.Backends.Cpu.Tiles;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>32 inputs by a panel of 32 rows, in the processor's tile registers.</summary>
internal sealed unsafe class Int8TileKernel : IInt8RowKernel
{
    /// <inheritdoc/>
    public int PanelRows => ByteTileCode.Size;

    /// <inheritdoc/>
    public int InputRows => ByteTileCode.Size;

    /// <inheritdoc/>
    public bool ReadsTiles => true;

    /// <inheritdoc/>
    public int InputOffset => 0;

    /// <inheritdoc/>
    public void Enter() => TileRegisters.Enter();

    /// <inheritdoc/>
    public void Leave() => TileRegisters.Leave();

    /// <inheritdoc/>
    public void Run(Int8RowInputs inputs, int row, int count, byte* panel, int* starts, int chunks, int* sums)
    {
        nint next = count > TileRegisters.Rows ? (nint)chunks * TileRegisters.TileBytes : 0;
        ByteTileCode.Run(inputs.Integers(row), next, panel, chunks, sums);
    }
}
