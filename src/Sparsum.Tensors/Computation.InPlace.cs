using Sparsum.Tensors.Autograd.Nodes;

namespace Sparsum.Tensors;

/// <summary>
/// Operations that take the place of their first operand. They write into its memory, unless a recorded operation still needs the old
/// values: then the result is new memory, and the old tensor is disposed of. A watched tensor is refused with an
/// <see cref="ArgumentException"/>, since its gradient belongs to the values it has.
/// </summary>
public sealed partial class Computation
{
    /// <summary><c>sum += addend</c>.</summary>
    public void AddInPlace(ref Tensor sum, Tensor addend)
    {
        RefuseWatched(sum);
        if (sum.IsKept)
        {
            using var old = sum;
            sum = Add(old, addend);
            return;
        }

        Backend.Add(sum, addend, sum);
        if (Tracks(sum, addend))
        {
            tape.Record(new AddInPlaceNode(sum, addend), sum);
        }
    }

    /// <summary><c>tensor *= factor</c>.</summary>
    public void ScaleInPlace(ref Tensor tensor, float factor)
    {
        MakeWritable(ref tensor);
        Backend.Scale(tensor, factor);
        if (Tracks(tensor))
        {
            tape.Record(new ScaleNode(tensor, factor));
        }
    }

    /// <inheritdoc cref="IBackend.Rotate"/>
    public void RotateInPlace(ref Tensor tensor, int headCount, RotaryTable table, ReadOnlySpan<int> positions)
    {
        MakeWritable(ref tensor);
        Backend.Rotate(tensor, headCount, table, positions);
        if (Tracks(tensor))
        {
            tape.Record(new RotateNode(tensor, headCount, table, positions.ToArray()));
        }
    }

    /// <summary><c>sum[i] += table[ids[i]]</c>. The row <paramref name="padding"/> of the table gets no gradient.</summary>
    public void GatherInPlace(ref Tensor sum, Tensor table, ReadOnlySpan<int> ids, int? padding = null)
    {
        MakeWritable(ref sum);
        Backend.Gather(table, ids, sum, accumulate: true);
        if (Tracks(sum, table))
        {
            tape.Record(new GatherNode(table, ids.ToArray(), padding, sum, isInPlace: true), sum);
        }
    }

    /// <summary>
    /// Drops elements while a tape records training; otherwise, or at rate 0, leaves the tensor as it is. Each call draws from a stream of its
    /// own, which the tape's seed, its step and the number of earlier calls in the step determine; of a share of a batch the decisions are those
    /// of the batch, see <see cref="Autograd.Tape.BeginShare"/>.
    /// </summary>
    /// <param name="tensor">The elements.</param>
    /// <param name="rate">At least 0 and below 1.</param>
    /// <param name="isCommon">Whether all sequences share the tensor; otherwise its rows are theirs, one sequence after the other.</param>
    public void DropoutInPlace(ref Tensor tensor, float rate, bool isCommon = false)
    {
        if (tape is not { IsTraining: true } || rate == 0)
        {
            return;
        }

        MakeWritable(ref tensor);
        var stream = tape.NextStream();
        long first = isCommon ? 0 : tape.FirstElement(tensor);
        Backend.Dropout(tensor, rate, stream, first);
        if (Tracks(tensor))
        {
            tape.Record(new DropoutNode(tensor, rate, stream, first));
        }
    }

    /// <summary>Replaces a tensor whose values are kept by a copy.</summary>
    private void MakeWritable(ref Tensor tensor)
    {
        RefuseWatched(tensor);
        if (!tensor.IsKept)
        {
            return;
        }

        using var old = tensor;
        tensor = Copy(old);
    }

    private void RefuseWatched(Tensor tensor)
    {
        if (tape is not null && tape.Watches(tensor))
        {
            throw new ArgumentException($"{tensor} is watched; its values cannot change while they are differentiated.", nameof(tensor));
        }
    }
}
