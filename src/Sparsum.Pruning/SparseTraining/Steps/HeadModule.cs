using Sparsum.Pruning.HeadElimination;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>One attention module whose heads may go, with what became of those that went.</summary>
internal sealed class HeadModule
{
    private const int NumbersPerMerge = 4;
    private readonly TransformerBlock block;
    private readonly int layer;
    private readonly HeadEliminationOptions options;
    private readonly Dictionary<int, double> importances = [];

    /// <summary>Follows a module.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="attention">The module.</param>
    /// <param name="layer">Place of the block in its stack.</param>
    /// <param name="options">The settings.</param>
    public HeadModule(TransformerBlock block, AttentionLayer attention, int layer, HeadEliminationOptions options)
    {
        (this.block, Attention, this.layer, this.options) = (block, attention, layer, options);
        Elimination = Create([]);
    }

    public AttentionLayer Attention { get; }

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
    public HeadHistory History
    {
        get
        {
            var all = new Dictionary<int, double>(importances);
            foreach (var (head, importance) in Elimination.KeptHeads.Zip(Elimination.Importances()))
            {
                all[head] = importance;
            }

            string stack = block.Attention.IsCausal ? "decoder" : "encoder";
            string kind = ReferenceEquals(Attention, block.Attention) ? "self" : "cross";
            return new HeadHistory(block.Index, PrunedModuleRecord.Of(Elimination, stack, layer, kind), all);
        }
    }

    /// <summary>Nonzero weights of query, key and value that belong to each of the kept heads alone.</summary>
    public IReadOnlyList<long> NonZeros() => [.. Elimination.KeptHeads.Select(NonZeros)];

    /// <summary>Keeps the importances of the heads that an elimination removed, as they were before it.</summary>
    public void Remember(HeadEliminationResult result)
    {
        foreach (var merge in result.Merges)
        {
            importances[merge.Head] = result.Importances[merge.Head];
        }
    }

    /// <summary>The history as numbers.</summary>
    public double[] Save() =>
        [.. Elimination.Merges.SelectMany(merge => new[] { merge.Head, merge.Into, merge.Epoch, importances[merge.Head] })];

    /// <summary>Takes the history back; heads that were cut out are gone already.</summary>
    public void Restore(double[] numbers)
    {
        importances.Clear();
        var merges = new List<HeadMerge>();
        foreach (double[] merge in numbers.Chunk(NumbersPerMerge))
        {
            merges.Add(new HeadMerge((int)merge[0], (int)merge[1], (int)merge[2]));
            importances[(int)merge[0]] = merge[3];
        }

        Elimination = Create(merges);
    }

    private HeadEliminator Create(IReadOnlyList<HeadMerge> history) =>
        new(Attention, options, block.FeedForwards is [var only] ? only : null, RelativeBias(), history, importances);

    private Tensor? RelativeBias() =>
        Attention.RelativePositions?.Table is { IsLoaded: true } table && double.IsFinite(options.RelativeBiasTheta) ? table.Value : null;

    private long NonZeros(int head)
    {
        int slot = Attention.KeptHeads.Index().First(item => item.Item == head).Index;
        long count = 0;
        foreach (var linear in OwnLinears)
        {
            for (int row = slot * Attention.HeadSize; row < (slot + 1) * Attention.HeadSize; row++)
            {
                foreach (float weight in linear.Weight.Value.Row(row))
                {
                    count += weight != 0 ? 1 : 0;
                }
            }
        }

        return count;
    }
}
