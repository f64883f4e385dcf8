using Sparsum.Tensors.Backends.Cpu.MachineCode;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Up to twelve inputs by a panel of 32 rows, in registers of 512 bits, by <see cref="ByteDotCode"/>.</summary>
internal sealed unsafe class Int8WideKernel : IInt8RowKernel
{
    /// <inheritdoc/>
    public int PanelRows => ByteDotCode.Rows;

    /// <inheritdoc/>
    public int InputRows => ByteDotCode.MostInputs;

    /// <inheritdoc/>
    public bool ReadsTiles => false;

    /// <inheritdoc/>
    public int InputOffset => 128;

    /// <inheritdoc/>
    public void Enter()
    {
    }

    /// <inheritdoc/>
    public void Leave()
    {
    }

    /// <inheritdoc/>
    public void Run(Int8RowInputs inputs, int row, int count, byte* panel, int* starts, int chunks, int* sums) => ByteDotCode.Run(
        count, inputs.Integers(row), (nint)chunks * Int8Rows.ChunkSize, panel, (nint)chunks * Int8Rows.ChunkSize / Int8Tile.Quad, starts, sums);
}
