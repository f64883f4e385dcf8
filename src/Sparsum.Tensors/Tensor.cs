using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors;

/// <summary>
/// A float32 tensor: row-major, contiguous, 64-byte aligned, with one owner. Views made by <see cref="Reshape"/> and
/// <see cref="Rows"/> share the memory, own nothing and must not outlive it.
/// </summary>
public sealed unsafe class Tensor : IDisposable
{
    private readonly int[] shape;
    private NativeBuffer buffer;
    private readonly Workspace? workspace;
    private readonly long offset;
    private readonly Tensor? owner;
    private int keepers;
    private bool isReadExactly;
    private bool isNarrow;
    private bool disposed;
    private bool disposeWhenReleased;

    internal Tensor(NativeBuffer buffer, ReadOnlySpan<int> shape, Workspace? workspace)
    {
        this.buffer = buffer;
        this.shape = shape.ToArray();
        this.workspace = workspace;
        Length = CountElements(shape);
    }

    private Tensor(Tensor source, long offset, int[] shape)
    {
        owner = source.owner ?? source;
        buffer = source.buffer;
        this.offset = offset;
        this.shape = shape;
        Length = CountElements(shape);
    }

    /// <summary>Sizes of the dimensions, outermost first.</summary>
    public ReadOnlySpan<int> Shape => shape;

    /// <summary>Number of dimensions.</summary>
    public int Rank => shape.Length;

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Size of the last dimension; 1 for a scalar.</summary>
    public int Columns => shape.Length == 0 ? 1 : shape[^1];

    /// <summary>Number of rows when all leading dimensions are taken as one.</summary>
    public int RowCount => Columns == 0 ? 0 : checked((int)(Length / Columns));

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed of.</exception>
    public float* Pointer
    {
        get
        {
            var memory = owner ?? this;
            ObjectDisposedException.ThrowIf(memory.disposed, this);
            return memory.isNarrow
                ? throw new InvalidOperationException($"{this} was given up and waits in bfloat16 for its gradient.")
                : (float*)memory.buffer.Pointer + offset;
        }
    }

    /// <summary>All elements.</summary>
    /// <exception cref="OverflowException">The tensor has more than 2^31 - 1 elements; use <see cref="Row"/> or <see cref="Rows"/>.</exception>
    public Span<float> Span => new(Pointer, checked((int)Length));

    /// <summary>A tensor of undefined content.</summary>
    public static Tensor Allocate(params ReadOnlySpan<int> shape) =>
        new(new NativeBuffer(checked(CountElements(shape) * sizeof(float))), shape, null);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(params ReadOnlySpan<int> shape)
    {
        var tensor = Allocate(shape);
        tensor.Clear();
        return tensor;
    }

    /// <summary>A tensor with a copy of <paramref name="values"/>.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        if (CountElements(shape) != values.Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill the shape {FormatShape(shape)}.", nameof(values));
        }

        var tensor = Allocate(shape);
        values.CopyTo(tensor.Span);
        return tensor;
    }

    /// <summary>Number of elements of a tensor of this shape.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public static long CountElements(ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }

        return count;
    }

    /// <summary>The shape as people write it: <c>[2, 3]</c>.</summary>
    public static string FormatShape(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>The same memory under another shape.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> newShape)
    {
        if (CountElements(newShape) != Length)
        {
            throw new ArgumentException($"{FormatShape(shape)} cannot be seen as {FormatShape(newShape)}.", nameof(newShape));
        }

        return new Tensor(this, offset, newShape.ToArray());
    }

    /// <summary>A view of <paramref name="count"/> consecutive rows, shape <c>[count, Columns]</c>.</summary>
    public Tensor Rows(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, RowCount - count, nameof(start));
        return new Tensor(this, offset + ((long)start * Columns), [count, Columns]);
    }

    /// <summary>One row: <see cref="Columns"/> elements.</summary>
    public Span<float> Row(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, RowCount);
        return new Span<float>(Pointer + ((long)index * Columns), Columns);
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear() => System.Runtime.InteropServices.NativeMemory.Clear(Pointer, checked((nuint)Length * sizeof(float)));

    /// <summary>Copies all elements into a tensor with the same number of elements.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public void CopyTo(Tensor destination)
    {
        if (destination.Length != Length)
        {
            throw new ArgumentException(
                $"A tensor {FormatShape(shape)} cannot be copied into {FormatShape(destination.shape)}.", nameof(destination));
        }

        Buffer.MemoryCopy(Pointer, destination.Pointer, Length * sizeof(float), Length * sizeof(float));
    }

    /// <summary>An independent copy.</summary>
    public Tensor Clone()
    {
        var copy = Allocate(shape);
        CopyTo(copy);
        return copy;
    }

    /// <summary>All elements in a new array.</summary>
    public float[] ToArray() => Span.ToArray();

    /// <summary>Whether a recorded operation still needs the values.</summary>
    internal bool IsKept => (owner ?? this).keepers > 0;

    /// <summary>
    /// Returns the memory to its pool or to the system, as soon as no recorded operation needs it any more; does nothing for a view.
    /// </summary>
    public void Dispose()
    {
        if (disposed || owner is not null)
        {
            return;
        }

        if (keepers > 0)
        {
            disposeWhenReleased = true;
            if (!isReadExactly)
            {
                workspace?.OnKept?.Invoke(this);
            }

            return;
        }

        disposed = true;
        if (workspace is null)
        {
            buffer.Dispose();
        }
        else
        {
            workspace.Return(buffer);
        }
    }

    /// <summary>Makes <see cref="Dispose"/> wait until <see cref="Release"/> was called as often as this.</summary>
    /// <param name="exactly">Whether the values must not be rounded meanwhile.</param>
    internal void Keep(bool exactly = false)
    {
        var kept = owner ?? this;
        kept.keepers++;
        kept.isReadExactly |= exactly;
    }

    /// <summary>Takes back one <see cref="Keep"/>.</summary>
    internal void Release()
    {
        var kept = owner ?? this;
        if (--kept.keepers == 0 && kept.disposeWhenReleased)
        {
            kept.disposeWhenReleased = false;
            kept.Dispose();
        }
    }

    /// <summary>Rounds the values to bfloat16, in half of the memory, until <see cref="Widen"/>; for one that is kept and given up by all others.</summary>
    internal void Narrow(IBackend backend)
    {
        var words = workspace!.RentBuffer(Length * sizeof(ushort));
        backend.Narrow(this, words);
        workspace.Return(buffer);
        (buffer, isNarrow) = (words, true);
    }

    /// <summary>Has the rounded values in float32 again; does nothing where they never were narrow.</summary>
    internal void Widen(IBackend backend)
    {
        var kept = owner ?? this;
        if (!kept.isNarrow)
        {
            return;
        }

        var words = kept.buffer;
        (kept.buffer, kept.isNarrow) = (kept.workspace!.RentBuffer(kept.Length * sizeof(float)), false);
        backend.Widen(words, kept);
        kept.workspace.Return(words);
    }

    /// <inheritdoc/>
    public override string ToString() => $"Tensor {FormatShape(shape)}";
}
