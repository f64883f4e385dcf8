using Sparsum.Pruning.HeadElimination;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>One attention module whose heads may go, with what became of those that went.</summary>
internal sealed class HeadModule
{
    private const int NumbersPerMerge = 5;
    private readonly AttentionPlace place;
    private readonly HeadEliminationOptions options;

    /// <summary>Follows a module.</summary>
    /// <param name="place">The module and where it is.</param>
    /// <param name="options">The settings.</param>
    public HeadModule(AttentionPlace place, HeadEliminationOptions options)
    {
        (this.place, this.options) = (place, options);
        Elimination = Create([]);
    }

    public AttentionLayer Attention => place.Attention;

    public HeadEliminator Elimination { get; private set; }

    /// <summary>Heads that work.</summary>
    public int Kept => Elimination.KeptHeads.Count;

    /// <summary>Whether heads can go one by one, which those that share keys and values, or one norm, cannot.</summary>
    public bool IsFree => Attention is { GroupSize: 1, HasRemovableHeads: true };

    /// <summary>Weights of query, key and value that belong to one head alone.</summary>
    public long HeadWeights => (long)Attention.HeadSize * OwnLinears.Sum(linear => linear.InputSize);

    /// <summary>What has rows of a head's own; keys and values that heads share belong to none of them.</summary>
    private IReadOnlyList<Linear> OwnLinears => IsFree ? [Attention.Query, Attention.Key, Attention.Value] : [Attention.Query];

    /// <summary>What to report.</summary>
    public HeadHistory History =>
        new(place.Block.Index, PrunedModuleRecord.Of(Elimination, place.Stack, place.Layer, place.Kind));

    /// <summary>Nonzero weights of query, key and value that belong to each of the kept heads alone.</summary>
    public IReadOnlyList<long> NonZeros() => [.. Elimination.KeptHeads.Select(NonZeros)];

    /// <summary>The history as numbers.</summary>
    public double[] Save() =>
    [
        .. Elimination.Merges.SelectMany(merge => new[]
        {
            merge.Head, merge.Into, merge.Epoch, Elimination.Removals[merge.Head].Removed, Elimination.Removals[merge.Head].Kept,
        }),
    ];

    /// <summary>Takes the history back; heads that were cut out are gone already.</summary>
    public void Restore(double[] numbers)
    {
        var merges = new List<HeadMerge>();
        var removals = new Dictionary<int, RemovalImportance>();
        foreach (double[] merge in numbers.Chunk(NumbersPerMerge))
        {
            merges.Add(new HeadMerge((int)merge[0], (int)merge[1], (int)merge[2]));
            removals[(int)merge[0]] = new RemovalImportance(merge[3], merge[4]);
        }

        Elimination = Create(merges, removals);
    }

    private HeadEliminator Create(IReadOnlyList<HeadMerge> history, IReadOnlyDictionary<int, RemovalImportance>? removals = null) =>
        new(Attention, options, place.Block.FeedForwards is [var only] ? only : null, RelativeBias(), history, removals);

    private Tensor? RelativeBias() =>
        Attention.RelativePositions?.Table is { IsLoaded: true } table && double.IsFinite(options.RelativeBiasTheta) ? table.Value : null;

    private long NonZeros(int head)
    {
        int slot = Attention.KeptHeads.Index().First(item => item.Item == head).Index;
        var rows = OwnLinears.Select(linear => linear.Weight.Value.Rows(slot * Attention.HeadSize, Attention.HeadSize));
        return rows.Sum(weights => weights.Length - Zeros.Count(weights));
    }
}
