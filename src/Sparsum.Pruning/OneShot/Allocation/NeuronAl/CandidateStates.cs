using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Tensors.Memory;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>
/// The hidden states of every candidate between two blocks, kept in float32 or in half of it. One working copy is taken out, run through a
/// block, and put back.
/// </summary>
internal sealed unsafe class CandidateStates : IDisposable
{
    private readonly NativeBuffer[] slots;
    private readonly HiddenStateType type;

    /// <summary>Makes room.</summary>
    /// <param name="count">Number of candidates.</param>
    /// <param name="working">States of one, as they are computed with.</param>
    /// <param name="type">How they are kept.</param>
    public CandidateStates(int count, HiddenStates working, HiddenStateType type)
    {
        this.type = type;
        slots = new NativeBuffer[count];
        for (int i = 0; i < count; i++)
        {
            slots[i] = new NativeBuffer(working.All.Length * BytesPerValue(type));
        }
    }

    /// <summary>Bytes that a value takes.</summary>
    public static int BytesPerValue(HiddenStateType type) => type == HiddenStateType.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Takes a candidate's states out.</summary>
    public void Load(int slot, HiddenStates working)
    {
        var states = working.All;
        for (int row = 0; row < states.RowCount; row++)
        {
            if (type == HiddenStateType.Float32)
            {
                Row<float>(slot, row, states).CopyTo(states.Row(row));
            }
            else
            {
                HalfPrecision.WidenBFloat16(Row<ushort>(slot, row, states), states.Row(row));
            }
        }
    }

    /// <summary>Puts a candidate's states back.</summary>
    public void Store(int slot, HiddenStates working)
    {
        var states = working.All;
        for (int row = 0; row < states.RowCount; row++)
        {
            if (type == HiddenStateType.Float32)
            {
                states.Row(row).CopyTo(Row<float>(slot, row, states));
            }
            else
            {
                HalfPrecision.NarrowToBFloat16(states.Row(row), Row<ushort>(slot, row, states));
            }
        }
    }

    /// <summary>Writes a candidate's states to disk and returns their SHA-256.</summary>
    public string Save(int slot, string path, CancellationToken cancellationToken) =>
        ChecksummedFile.Write(path, (byte*)slots[slot].Pointer, slots[slot].ByteCount, cancellationToken);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Restore(int slot, string path, string sha256) =>
        ChecksummedFile.Read(path, sha256, (byte*)slots[slot].Pointer, slots[slot].ByteCount);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.Dispose();
        }
    }

    private Span<T> Row<T>(int slot, int row, Tensor states)
        where T : unmanaged => new((T*)slots[slot].Pointer + ((long)row * states.Columns), states.Columns);
}
