using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Packing memory of one thread. It grows to the largest product that it has served.</summary>
internal sealed unsafe class GemmScratch : IDisposable
{
    private const int TileFloats = 1024;

    private readonly NativeBuffer tile = new(TileFloats * sizeof(float));
    private NativeBuffer? left;
    private NativeBuffer? right;

    /// <summary>The row block that <see cref="Left"/> holds in packed form, or -1.</summary>
    public int HeldRowBlock { get; set; } = -1;

    /// <summary>Room for one tile of results at the right edge.</summary>
    public float* Tile => (float*)tile.Pointer;

    /// <summary>Room for packed rows of the left operand; growing loses the content.</summary>
    public float* Left(long floats) => Grow(ref left, floats);

    /// <summary>Room for packed columns of the right operand; growing loses the content.</summary>
    public float* Right(long floats) => Grow(ref right, floats);

    /// <inheritdoc/>
    public void Dispose()
    {
        tile.Dispose();
        left?.Dispose();
        right?.Dispose();
    }

    private static float* Grow(ref NativeBuffer? buffer, long floats)
    {
        if (buffer is null || buffer.ByteCount < floats * sizeof(float))
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(floats * sizeof(float));
        }

        return (float*)buffer.Pointer;
    }
}
