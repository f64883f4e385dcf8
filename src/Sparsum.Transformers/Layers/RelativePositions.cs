using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// Relative positions of a stack, shared by its blocks: every head adds to a score a number that depends on how far the key is from the
/// query alone (Raffel et al. 2020, section 2.1). Near distances have a number each, far ones share numbers in logarithmic steps.
/// </summary>
public sealed class RelativePositions
{
    private readonly bool isBidirectional;
    private readonly int maxDistance;

    /// <summary>Creates the positions of a stack.</summary>
    /// <param name="table">The numbers, <c>[buckets, heads]</c>; it keeps all heads when some are removed.</param>
    /// <param name="isBidirectional">Whether keys after the query have buckets of their own; otherwise they count as distance 0.</param>
    /// <param name="maxDistance">The distance from which on all share the last bucket.</param>
    public RelativePositions(Parameter table, bool isBidirectional, int maxDistance)
    {
        Table = table;
        this.isBidirectional = isBidirectional;
        this.maxDistance = maxDistance;
    }

    /// <summary>The numbers, <c>[buckets, heads]</c>.</summary>
    public Parameter Table { get; }

    /// <summary>Number of heads, removed ones included.</summary>
    public int HeadCount => Table.Shape[1];

    /// <summary>The row of the table for a key that is <paramref name="distance"/> tokens after the query (before it: negative).</summary>
    public int Bucket(int distance)
    {
        int count = isBidirectional ? Table.Shape[0] / 2 : Table.Shape[0];
        int first = isBidirectional && distance > 0 ? count : 0;
        int length = isBidirectional ? Math.Abs(distance) : Math.Max(-distance, 0);
        int exact = count / 2;
        if (length < exact)
        {
            return first + length;
        }

        // In float32, as the reference computes it: at the edges of buckets the rounding decides.
        float steps = MathF.Log((float)length / exact) / (float)Math.Log((double)maxDistance / exact) * (count - exact);
        return first + Math.Min(count - 1, exact + (int)steps);
    }

    /// <summary>
    /// What is added to the scores of a pass, <c>[heads, queries * keys]</c> with all heads. The queries are the last ones of the keys. Where
    /// sequences have lengths of their own it is <c>[batch * heads, keys]</c>, with 0 behind the keys of a sequence.
    /// </summary>
    public Tensor Compute(ForwardPass pass)
    {
        if (pass.Cache is { IsUneven: true } uneven)
        {
            return ComputeEach(pass, uneven.Lengths);
        }

        int queries = pass.Length;
        int keys = queries + (pass.Cache?.Length ?? 0);
        var buckets = new int[queries * keys];
        int[] bucketOf = [.. Enumerable.Range(1 - keys, (2 * keys) - 1).Select(Bucket)];
        for (int i = 0; i < queries; i++)
        {
            int place = keys - queries + i;
            bucketOf.AsSpan(keys - 1 - place, keys).CopyTo(buckets.AsSpan(i * keys));
        }

        // A product with the unit matrix turns [queries * keys, heads] around, and back again in the gradient.
        using var unit = Unit(pass.Computation, HeadCount);
        using var gathered = pass.Computation.Gather(Table.Value, buckets);
        return pass.Computation.Linear(unit, gathered);
    }

    private Tensor ComputeEach(ForwardPass pass, IReadOnlyList<int> lengths)
    {
        var bias = pass.Computation.Workspace.Rent(lengths.Count * HeadCount, lengths.Max() + 1);
        bias.Clear();
        for (int sequence = 0; sequence < lengths.Count; sequence++)
        {
            for (int key = 0; key <= lengths[sequence]; key++)
            {
                var numbers = Table.Value.Row(Bucket(key - lengths[sequence]));
                for (int head = 0; head < HeadCount; head++)
                {
                    bias.Row((sequence * HeadCount) + head)[key] = numbers[head];
                }
            }
        }

        return bias;
    }

    private static Tensor Unit(Computation computation, int size)
    {
        var unit = computation.Workspace.Rent(size, size);
        unit.Clear();
        for (int i = 0; i < size; i++)
        {
            unit.Row(i)[i] = 1;
        }

        return unit;
    }
}
