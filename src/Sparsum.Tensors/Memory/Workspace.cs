namespace Sparsum.Tensors.Memory;

/// <summary>
/// A pool of temporary tensors. <see cref="Rent"/> hands one out, <see cref="Tensor.Dispose"/> returns its memory here, so a loop
/// that repeats the same shapes allocates nothing after its first rounds. Memory is cut to what each shape needs from a few large regions,
/// and what lies side by side becomes one again: where shapes vary, as the lengths of batches do, the pool holds little more than was
/// ever out at once. Not safe for use by several threads at once.
/// </summary>
public sealed unsafe class Workspace : IDisposable
{
    /// <summary>Sizes are multiples of this.</summary>
    private const long Granule = 4096;

    /// <summary>A new region has at least this share of what the others have together, so that there are few of them.</summary>
    private const int RegionShare = 8;

    /// <summary>Up to this size it has as much as they have.</summary>
    private const long DoublingBytes = 1 << 20;

    /// <summary>Regions that together have no more than this times the most that was out stay as they are: a loop finds its shapes where they were.</summary>
    private const double MostHeld = 1.25;

    private readonly List<WorkspaceRegion> regions = [];
    private readonly List<WorkspaceBlock> free = [];
    private readonly Stack<WorkspaceBlock> spare = [];
    private bool disposed;

    /// <summary>Bytes that the pool holds for later use, not counting tensors that are out. The system gives them when they are first written.</summary>
    public long IdleBytes { get; private set; }

    /// <summary>Bytes that are out at the moment.</summary>
    public long RentedBytes { get; private set; }

    /// <summary>The most bytes that were out at once.</summary>
    public long MostRentedBytes { get; private set; }

    /// <summary>Told of tensors from here that were disposed of and are kept for their gradient alone.</summary>
    internal Action<Tensor>? OnKept { get; set; }

    /// <summary>A tensor of this shape with undefined content, to be disposed of by the caller.</summary>
    public Tensor Rent(params ReadOnlySpan<int> shape) => new(RentBuffer(checked(Tensor.CountElements(shape) * sizeof(float))), shape, this);

    /// <summary>Gives regions of which nothing is out back to the system.</summary>
    public void Trim()
    {
        foreach (var region in regions.Where(region => region.RentedBytes == 0))
        {
            free.Remove(region.First);
            IdleBytes -= region.Memory.ByteCount;
            region.Memory.Dispose();
        }

        regions.RemoveAll(region => region.RentedBytes == 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trim();
        disposed = true;
    }

    /// <summary>Memory of at least this size with undefined content, for <see cref="Return"/>.</summary>
    internal NativeBuffer RentBuffer(long byteCount)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        long bytes = Math.Max(1, (byteCount + Granule - 1) / Granule) * Granule;
        var block = Find(bytes) ?? AddRegion(Math.Max(bytes, NextRegionBytes()));
        free.Remove(block);
        if (block.Bytes > bytes)
        {
            free.Add(block.Split(bytes, spare.TryPop(out var rest) ? rest : new WorkspaceBlock()));
        }

        block.IsFree = false;
        block.Region.RentedBytes += bytes;
        IdleBytes -= bytes;
        RentedBytes += bytes;
        MostRentedBytes = Math.Max(MostRentedBytes, RentedBytes);
        return block.Show();
    }

    internal void Return(NativeBuffer buffer)
    {
        var block = buffer.Block!;
        NativeBuffer.Forget(buffer.Pointer, buffer.ByteCount);
        buffer.Dispose();
        block.IsFree = true;
        block.Region.RentedBytes -= block.Bytes;
        RentedBytes -= block.Bytes;
        if (disposed)
        {
            if (block.Region.RentedBytes == 0)
            {
                block.Region.Memory.Dispose();
            }

            return;
        }

        IdleBytes += block.Bytes;
        if (block.After is { IsFree: true } after)
        {
            free.Remove(after);
            spare.Push(block.Join());
        }

        if (block.Before is { IsFree: true } before)
        {
            spare.Push(before.Join());
        }
        else
        {
            free.Add(block);
        }

        if (RentedBytes == 0 && regions.Count > 1 && IdleBytes > MostHeld * MostRentedBytes)
        {
            Unite();
        }
    }

    /// <summary>The smallest free block that is large enough; null when there is none.</summary>
    private WorkspaceBlock? Find(long bytes)
    {
        WorkspaceBlock? best = null;
        foreach (var block in free)
        {
            if (block.Bytes >= bytes && (best is null || block.Bytes <= best.Bytes))
            {
                best = block;
            }
        }

        return best;
    }

    private long NextRegionBytes()
    {
        long held = RentedBytes + IdleBytes;
        return Math.Max(held / RegionShare, Math.Min(held, DoublingBytes)) / Granule * Granule;
    }

    /// <summary>The block of all of a new region.</summary>
    private WorkspaceBlock AddRegion(long bytes)
    {
        var region = new WorkspaceRegion(bytes);
        regions.Add(region);
        free.Add(region.First);
        IdleBytes += bytes;
        return region.First;
    }

    /// <summary>One region in the place of several, now that nothing is out.</summary>
    private void Unite()
    {
        long bytes = IdleBytes;
        Trim();
        AddRegion(bytes);
    }
}
