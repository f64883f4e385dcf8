using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.HeadElimination;

/// <summary>
/// Eliminates redundant heads of one attention module, epoch after epoch, and remembers which went where
/// (Dhurandhar et al. 2024, Algorithm 2).
/// </summary>
public sealed class HeadEliminator
{
    private readonly HeadEliminationOptions options;
    private readonly FeedForwardLayer? feedForward;
    private readonly Tensor? relativeBias;
    private readonly List<HeadMerge> merges;
    private readonly Dictionary<int, RemovalImportance> removals;

    /// <summary>Prepares a module.</summary>
    /// <param name="attention">The module; every head has keys and values of its own.</param>
    /// <param name="options">The settings.</param>
    /// <param name="feedForward">The MLP of the same block, for <see cref="HeadMergeTarget.FeedForwardLiteral"/> alone.</param>
    /// <param name="relativeBias">Relative-position table <c>[buckets, original heads]</c> of a T5 stack; it keeps its size.</param>
    /// <param name="history">What earlier runs eliminated; needed to resume when heads are masked.</param>
    /// <param name="removals">The importances of the heads in <paramref name="history"/>, where they are known.</param>
    /// <exception cref="Sparsum.Core.InvalidInputException">A setting means nothing.</exception>
    /// <exception cref="ArgumentException">The literal merge has no MLP, or one whose width is no multiple of the heads.</exception>
    public HeadEliminator(
        AttentionLayer attention,
        HeadEliminationOptions options,
        FeedForwardLayer? feedForward = null,
        Tensor? relativeBias = null,
        IReadOnlyList<HeadMerge>? history = null,
        IReadOnlyDictionary<int, RemovalImportance>? removals = null)
    {
        options.Validate();
        Attention = attention;
        if (options.MergeTarget == HeadMergeTarget.FeedForwardLiteral && (feedForward is null || feedForward.Up.InputSize % OriginalHeadCount != 0))
        {
            throw new ArgumentException(
                $"Merging into the MLP needs one whose input is a multiple of {OriginalHeadCount} heads wide.", nameof(feedForward));
        }

        this.options = options;
        this.feedForward = feedForward;
        this.relativeBias = relativeBias;
        merges = [.. history ?? []];
        this.removals = new Dictionary<int, RemovalImportance>(removals ?? new Dictionary<int, RemovalImportance>());
    }

    /// <summary>The module.</summary>
    public AttentionLayer Attention { get; }

    /// <summary>Heads of the dense module.</summary>
    public int OriginalHeadCount => Attention.OriginalHeadCount;

    /// <summary>Every head that went, in the order of going.</summary>
    public IReadOnlyList<HeadMerge> Merges => merges;

    /// <summary>
    /// By original number how important every head was that went; of those in a given history only where it was given.
    /// </summary>
    public IReadOnlyDictionary<int, RemovalImportance> Removals => removals;

    /// <summary>Original numbers of the heads that still work: neither cut out nor masked.</summary>
    public IReadOnlyList<int> KeptHeads => [.. Attention.KeptHeads.Except(merges.Select(merge => merge.Head))];

    /// <summary>Eliminates what is redundant now.</summary>
    /// <param name="epoch">Number of the epoch that just ended, for the record.</param>
    public HeadEliminationResult Run(int epoch)
    {
        int[] slots = [.. KeptHeads.Select(SlotOf)];
        var graph = BuildGraph(slots);
        return Merge(graph.AnySimilar ? DominatingHeads.Find(graph) : [.. Enumerable.Range(0, slots.Length)], epoch);
    }

    /// <summary>Replaces heads by others and removes them all at once.</summary>
    /// <param name="replacements">
    /// For each of <see cref="KeptHeads"/> the place among them of the head that replaces it; its own where it stays. A replacement stays.
    /// </param>
    /// <param name="epoch">Number of the epoch that just ended, for the record.</param>
    public HeadEliminationResult Merge(IReadOnlyList<int> replacements, int epoch)
    {
        var heads = KeptHeads;
        int[] slots = [.. heads.Select(SlotOf)];
        var importances = heads.Zip(slots).ToDictionary(pair => pair.First, pair => HeadImportance.Of(Attention, pair.Second));
        int[] redundant = [.. Enumerable.Range(0, slots.Length).Where(i => replacements[i] != i)];
        if (redundant.Length == 0)
        {
            return new HeadEliminationResult([], importances, []);
        }

        // Before merging, which adds to those that stay.
        double kept = Enumerable.Range(0, slots.Length).Except(redundant).Average(i => importances[heads[i]]);
        foreach (int i in redundant)
        {
            Merge(slots[i], slots[replacements[i]], heads[i], heads[replacements[i]]);
        }

        HeadMerge[] gone = [.. redundant.Select(i => new HeadMerge(heads[i], heads[replacements[i]], epoch))];
        merges.AddRange(gone);
        foreach (var merge in gone)
        {
            removals[merge.Head] = new RemovalImportance(importances[merge.Head], kept);
        }

        return new HeadEliminationResult(gone, importances, Remove([.. gone.Select(merge => merge.Head)]));
    }

    /// <summary>The importance of each of <see cref="KeptHeads"/> now.</summary>
    public IReadOnlyList<double> Importances() => [.. KeptHeads.Select(head => HeadImportance.Of(Attention, SlotOf(head)))];

    /// <summary>
    /// The distances of all pairs of <see cref="KeptHeads"/>, symmetric; infinite where relative positions keep two heads apart.
    /// </summary>
    public float[,] Distances()
    {
        int[] slots = [.. KeptHeads.Select(SlotOf)];
        var distances = new float[slots.Length, slots.Length];
        for (int i = 0; i < slots.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                distances[i, j] = distances[j, i] = HeadDistances.CanBeSimilar(Attention, slots[i], slots[j], options, relativeBias)
                    ? HeadDistances.Between(Attention, slots[i], slots[j], options.SimilarityIncludesQueryBias)
                    : float.PositiveInfinity;
            }
        }

        return distances;
    }

    private int SlotOf(int head)
    {
        var kept = Attention.KeptHeads;
        for (int slot = 0; slot < kept.Count; slot++)
        {
            if (kept[slot] == head)
            {
                return slot;
            }
        }

        throw new InvalidOperationException($"Head {head} of '{Attention.Query.Name}' is gone.");
    }

    private SimilarityGraph BuildGraph(int[] slots)
    {
        var graph = new SimilarityGraph(slots.Length);
        for (int i = 0; i < slots.Length; i++)
        {
            for (int j = i + 1; j < slots.Length; j++)
            {
                if (HeadDistances.AreSimilar(Attention, slots[i], slots[j], options, relativeBias))
                {
                    graph.Connect(i, j);
                }
            }
        }

        return graph;
    }

    private void Merge(int slot, int target, int head, int targetHead)
    {
        int size = Attention.HeadSize;
        switch (options.MergeTarget)
        {
            case HeadMergeTarget.AttentionOutput:
                if (options.CompensateValueBias)
                {
                    CompensateValueBias(slot, target);
                }

                Attention.Output.Unpack();
                AddColumns(Attention.Output.Weight.Value, slot * size, target * size, size);
                break;
            case HeadMergeTarget.FeedForwardLiteral:
                foreach (var linear in feedForward!.Expand)
                {
                    int width = linear.InputSize / OriginalHeadCount;
                    linear.Unpack();
                    AddColumns(linear.Weight.Value, head * width, targetHead * width, width);
                }

                break;
        }
    }

    /// <summary><c>b_O += W_O[:, block] · (b_v[block] - b_v[target])</c>, with the output weight as it was before the merge.</summary>
    private void CompensateValueBias(int slot, int target)
    {
        if (Attention.Value.Bias?.Value is not { } valueBias || Attention.Output.Bias?.Value is not { } outputBias)
        {
            return;
        }

        int size = Attention.HeadSize;
        var removed = valueBias.Span.Slice(slot * size, size);
        var kept = valueBias.Span.Slice(target * size, size);
        for (int row = 0; row < outputBias.Length; row++)
        {
            var columns = Attention.Output.Weight.Value.Row(row).Slice(slot * size, size);
            double sum = outputBias.Span[row];
            for (int i = 0; i < size; i++)
            {
                sum += columns[i] * ((double)removed[i] - kept[i]);
            }

            outputBias.Span[row] = (float)sum;
        }
    }

    private static void AddColumns(Tensor weight, int source, int target, int count)
    {
        for (int r = 0; r < weight.RowCount; r++)
        {
            var row = weight.Row(r);
            for (int i = 0; i < count; i++)
            {
                row[target + i] += row[source + i];
            }
        }
    }

    private IReadOnlyList<ParameterSlice> Remove(int[] heads)
    {
        if (options.HeadRemoval == HeadRemoval.Physical)
        {
            return Attention.RemoveHeads(heads);
        }

        var slices = Attention.SliceHeads(heads);
        foreach (var linear in Attention.Linears)
        {
            linear.Unpack();
        }

        foreach (var slice in slices)
        {
            slice.ClearRemoved(slice.Parameter.Value);
        }

        return slices;
    }
}

/// <summary>What one elimination did to one attention module.</summary>
/// <param name="Merges">The heads that went, ascending; empty when none was redundant.</param>
/// <param name="Importances">
/// For every head that was present, by original number, the sum of magnitudes of its output columns before the merge.
/// </param>
/// <param name="Slices">
/// What stayed of each parameter. After physical removal the moments of an optimiser are cut with them; after masking the removed part of
/// the moments is cleared (<see cref="ParameterSlice.ClearRemoved"/>).
/// </param>
public sealed record HeadEliminationResult(
    IReadOnlyList<HeadMerge> Merges, IReadOnlyDictionary<int, double> Importances, IReadOnlyList<ParameterSlice> Slices);

/// <summary>One redundant head that went into another.</summary>
/// <param name="Head">Its original number.</param>
/// <param name="Into">Original number of the head that replaced it.</param>
/// <param name="Epoch">The epoch after which it went.</param>
public sealed record HeadMerge(int Head, int Into, int Epoch);
