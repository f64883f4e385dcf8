namespace Sparsum.Transformers.Layers;

public sealed partial class AttentionLayer
{
    private int headCount;
    private int keyValueHeadCount;
    private int originalHeadCount;
    private int[]? keptHeads;

    /// <summary>Original numbers of the heads that are left, ascending; all heads unless some were removed.</summary>
    public IReadOnlyList<int> KeptHeads => keptHeads ?? [.. Enumerable.Range(0, headCount)];

    /// <summary>Heads before any was removed.</summary>
    public int OriginalHeadCount => originalHeadCount == 0 ? headCount : originalHeadCount;

    /// <summary>Whether the others compute the same when heads go: not where a norm runs over all of them together.</summary>
    public bool HasRemovableHeads => (QueryNorm?.Size ?? HeadSize) == HeadSize && (KeyNorm?.Size ?? HeadSize) == HeadSize;

    /// <summary>Query heads that share one key/value head; 1 unless attention is grouped-query. Removal leaves it as it is.</summary>
    public int GroupSize => headCount / keyValueHeadCount;

    /// <summary>
    /// Removes heads physically: their rows of query, key and value (weights and biases) and their columns of the output weight. The
    /// order of the others, the head size and the scale stay. Heads that are gone already are passed over. Heads that share keys and
    /// values go as a whole group.
    /// </summary>
    /// <param name="heads">Original numbers of the heads.</param>
    /// <returns>What stayed of each parameter, for the state that others keep beside it; empty when nothing was left to remove.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There never was such a head.</exception>
    /// <exception cref="ArgumentException">No head would be left.</exception>
    /// <exception cref="NotSupportedException">A part of the heads that share keys and values would be left, or no head is removable.</exception>
    public IReadOnlyList<ParameterSlice> RemoveHeads(IReadOnlyCollection<int> heads)
    {
        var slices = SliceHeads(heads);
        if (slices.Count == 0)
        {
            return slices;
        }

        foreach (var linear in Linears)
        {
            linear.Unpack();
        }

        foreach (var slice in slices)
        {
            slice.Parameter.Shrink(slice);
        }

        Parameter.CloseGaps([.. slices.Select(slice => slice.Parameter)]);
        int groupSize = GroupSize;
        originalHeadCount = OriginalHeadCount;
        keptHeads = [.. KeptHeads.Except(heads)];
        headCount = keptHeads.Length;
        keyValueHeadCount = headCount / groupSize;
        return slices;
    }

    /// <summary>What <see cref="RemoveHeads"/> would return, with nothing removed.</summary>
    /// <inheritdoc cref="RemoveHeads"/>
    public IReadOnlyList<ParameterSlice> SliceHeads(IReadOnlyCollection<int> heads)
    {
        foreach (int head in heads)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(head, nameof(heads));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(head, OriginalHeadCount, nameof(heads));
        }

        var present = KeptHeads;
        int[] slots = [.. Enumerable.Range(0, headCount).Where(slot => !heads.Contains(present[slot]))];
        if (slots.Length == 0)
        {
            throw new ArgumentException($"Removing heads {string.Join(", ", heads)} of '{Query.Name}' would leave none.", nameof(heads));
        }

        if (slots.Length == headCount)
        {
            return [];
        }

        if (!HasRemovableHeads)
        {
            throw new NotSupportedException($"One norm runs over all heads of '{Query.Name}'; none can be removed.");
        }

        int[] groups = [.. slots.Select(slot => slot / GroupSize).Distinct()];
        if (groups.Length * GroupSize != slots.Length)
        {
            throw new NotSupportedException(
                $"Every {GroupSize} heads of '{Query.Name}' share keys and values; they can only be removed together.");
        }

        int[] features = Features(slots);
        int[] keyValueFeatures = Features(groups);
        return
        [
            .. Query.Parameters.Select(parameter => new ParameterSlice(parameter, SliceAxis.Rows, headCount * HeadSize, features)),
            .. new[] { Key, Value }
                .SelectMany(linear => linear.Parameters)
                .Select(parameter => new ParameterSlice(parameter, SliceAxis.Rows, keyValueHeadCount * HeadSize, keyValueFeatures)),
            new ParameterSlice(Output.Weight, SliceAxis.Columns, headCount * HeadSize, features),
        ];
    }

    /// <summary>Takes back all that was removed of the module; zeros stand for it, so that it computes the same.</summary>
    public void Restore()
    {
        foreach (var linear in Linears)
        {
            linear.Restore();
        }

        if (keptHeads is not null)
        {
            int groupSize = GroupSize;
            (headCount, keyValueHeadCount, keptHeads) = (originalHeadCount, originalHeadCount / groupSize, null);
        }
    }

    private int[] Features(int[] heads) => [.. heads.SelectMany(head => Enumerable.Range(head * HeadSize, HeadSize))];
}
