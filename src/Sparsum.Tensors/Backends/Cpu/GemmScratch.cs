using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Packing memory of one thread, for products of one kind. It grows to the largest product that it has served.</summary>
internal sealed unsafe class GemmScratch(InstructionSet set) : IDisposable
{
    private const int TileFloats = 1024;

    private readonly NativeBuffer tile = new(TileFloats * sizeof(float));
    private readonly ScratchBuffer left = new();
    private readonly ScratchBuffer right = new();
    private float* heldRows;
    private int heldRowBlock = -1;

    /// <summary>What products with this memory are computed with.</summary>
    public InstructionSet InstructionSet => set;

    /// <summary>Room for one tile of results at an edge.</summary>
    public float* Tile => (float*)tile.Pointer;

    /// <summary>Gives up the packed rows, because another pass begins.</summary>
    public void ForgetRows() => heldRowBlock = -1;

    /// <summary>The packed rows of a block of the left operand: those that are held, or room for them, of undefined content.</summary>
    public float* Left(int rowBlock, long floats, out bool isHeld)
    {
        isHeld = heldRowBlock == rowBlock;
        heldRowBlock = rowBlock;
        heldRows = isHeld ? heldRows : left.Floats(floats);
        return heldRows;
    }

    /// <summary>Room for packed columns of the right operand, of undefined content.</summary>
    public float* Right(long floats) => right.Floats(floats);

    /// <inheritdoc/>
    public void Dispose()
    {
        tile.Dispose();
        left.Dispose();
        right.Dispose();
    }
}
