using Sparsum.Pruning.HeadElimination;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>
/// Where the gates of a model's structure stand in one list (Xia et al. 2022): those of the heads of all attention modules, of the modules,
/// of the neurons of all MLPs, of the MLPs, and of the hidden features.
/// </summary>
internal sealed class GateLayout
{
    private const int ValuesPerHiddenFeature = 5;

    /// <summary>Counts the parts of a model as it is.</summary>
    /// <param name="model">A model whose blocks have one MLP each.</param>
    /// <param name="hasHidden">Whether hidden features have gates.</param>
    public GateLayout(TransformerModel model, bool hasHidden)
    {
        Model = model;
        Modules = AttentionPlace.Of(model);
        FeedForwards = [.. model.Blocks.Select(block => (block, block.FeedForwards[0]))];
        int at = 0;
        HeadsOf = [.. Modules.Select(module => Next(module.Attention.HeadCount))];
        ModuleGates = Next(Modules.Count);
        NeuronsOf = [.. FeedForwards.Select(layer => Next(layer.Layer.NeuronCount))];
        FeedForwardGates = Next(FeedForwards.Count);
        Hidden = Next(hasHidden ? model.HiddenSize : 0);
        Count = at;

        Range Next(int count) => at..(at += count);
    }

    /// <summary>The model.</summary>
    public TransformerModel Model { get; }

    /// <summary>Its attention modules.</summary>
    public IReadOnlyList<AttentionPlace> Modules { get; }

    /// <summary>Its MLPs.</summary>
    public IReadOnlyList<(TransformerBlock Block, FeedForwardLayer Layer)> FeedForwards { get; }

    /// <summary>The gates of each module's heads.</summary>
    public IReadOnlyList<Range> HeadsOf { get; }

    /// <summary>A gate for each module.</summary>
    public Range ModuleGates { get; }

    /// <summary>The gates of each MLP's neurons.</summary>
    public IReadOnlyList<Range> NeuronsOf { get; }

    /// <summary>A gate for each MLP.</summary>
    public Range FeedForwardGates { get; }

    /// <summary>The gates of hidden features; empty without them.</summary>
    public Range Hidden { get; }

    /// <summary>All gates.</summary>
    public int Count { get; }

    /// <summary>Whether hidden features have gates.</summary>
    public bool HasHidden => !Hidden.Start.Equals(Hidden.End);

    /// <summary>Lists of gates within which some are closed by rank: heads of a module, neurons of an MLP, all features; single gates of parts.</summary>
    public IEnumerable<Range> Rows =>
    [
        .. HeadsOf,
        .. Singles(ModuleGates),
        .. NeuronsOf,
        .. Singles(FeedForwardGates),
        .. HasHidden ? [Hidden] : Array.Empty<Range>(),
    ];

    /// <summary>The part of a block that a module is.</summary>
    public static BlockParts PartOf(AttentionPlace place) =>
        ReferenceEquals(place.Attention, place.Block.Attention) ? BlockParts.Attention : BlockParts.CrossAttention;

    /// <summary>Prunable values of one head: its weights, and as many biases per feature as matrices.</summary>
    public double HeadSize(int module)
    {
        var attention = Modules[module].Attention;
        double weights = attention.Linears.Sum(linear => (double)linear.Weight.Value.Length);
        return (weights / attention.HeadCount) + (attention.Linears.Count * attention.HeadSize);
    }

    /// <summary>Prunable values of an MLP: its weights, and five per hidden feature for biases and a norm.</summary>
    public double FeedForwardSize(int index)
    {
        var layer = FeedForwards[index].Layer;
        return layer.Linears.Sum(linear => (double)linear.Weight.Value.Length) + (ValuesPerHiddenFeature * layer.Down.OutputSize);
    }

    /// <summary>Prunable values of the model.</summary>
    public double Size => Enumerable.Range(0, Modules.Count).Sum(module => HeadSize(module) * Modules[module].Attention.HeadCount)
        + Enumerable.Range(0, FeedForwards.Count).Sum(FeedForwardSize);

    private static IEnumerable<Range> Singles(Range range) => Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value).Select(i => i..(i + 1));
}
