namespace Sparsum.Tensors.Memory;

/// <summary>
/// A piece of a <see cref="WorkspaceRegion"/>, out or free, between its neighbours. The object is used again for other pieces, and so is the
/// buffer by which the piece is seen.
/// </summary>
internal sealed class WorkspaceBlock
{
    private readonly NativeBuffer buffer;
    private long offset;

    /// <summary>Creates a piece of nothing.</summary>
    public WorkspaceBlock() => buffer = new NativeBuffer(this);

    /// <summary>Where it lies.</summary>
    public WorkspaceRegion Region { get; private set; } = null!;

    /// <summary>Its size.</summary>
    public long Bytes { get; private set; }

    /// <summary>The piece in front of it; null at the region's beginning.</summary>
    public WorkspaceBlock? Before { get; private set; }

    /// <summary>The piece behind it; null at the region's end.</summary>
    public WorkspaceBlock? After { get; private set; }

    /// <summary>Whether nobody has it.</summary>
    public bool IsFree { get; set; }

    /// <summary>Becomes all of a region.</summary>
    public void Begin(WorkspaceRegion region) => (Region, offset, Bytes, IsFree) = (region, 0, region.Memory.ByteCount, true);

    /// <summary>Keeps so many bytes and gives the others to <paramref name="rest"/>, which is returned, free.</summary>
    public WorkspaceBlock Split(long bytes, WorkspaceBlock rest)
    {
        (rest.Region, rest.offset, rest.Bytes, rest.IsFree) = (Region, offset + bytes, Bytes - bytes, true);
        (rest.Before, rest.After) = (this, After);
        if (After is not null)
        {
            After.Before = rest;
        }

        (After, Bytes) = (rest, bytes);
        return rest;
    }

    /// <summary>Takes over the piece behind it, which is returned, for another use.</summary>
    public WorkspaceBlock Join()
    {
        var taken = After!;
        (After, Bytes) = (taken.After, Bytes + taken.Bytes);
        if (After is not null)
        {
            After.Before = this;
        }

        (taken.Region, taken.Before, taken.After) = (null!, null, null);
        return taken;
    }

    /// <summary>The piece as memory.</summary>
    public unsafe NativeBuffer Show()
    {
        buffer.Show((byte*)Region.Memory.Pointer + offset, Bytes);
        return buffer;
    }
}
