namespace Sparsum.Tensors.Memory;

/// <summary>Memory that a <see cref="Workspace"/> cuts into blocks.</summary>
internal sealed class WorkspaceRegion
{
    /// <summary>Allocates a region of one free block.</summary>
    public WorkspaceRegion(long bytes)
    {
        Memory = new NativeBuffer(bytes);
        First = new WorkspaceBlock();
        First.Begin(this);
    }

    /// <summary>All of it.</summary>
    public NativeBuffer Memory { get; }

    /// <summary>The block at its beginning; when nothing is out, the only one.</summary>
    public WorkspaceBlock First { get; }

    /// <summary>Bytes of it that are out.</summary>
    public long RentedBytes { get; set; }
}
