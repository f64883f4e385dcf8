using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Training.Checkpoints;

/// <summary>Heads or neurons of one module, some of which a method may have removed during a run.</summary>
/// <param name="Name">The name of their list in a checkpoint.</param>
/// <param name="Kept">Original numbers of those that are left.</param>
/// <param name="Remove">Removes some by their original numbers.</param>
internal sealed record RemovableParts(
    string Name, IReadOnlyList<int> Kept, Func<IReadOnlyCollection<int>, IReadOnlyList<ParameterSlice>> Remove)
{
    /// <summary>All of a model: the heads of each attention, then the neurons of each MLP.</summary>
    public static IReadOnlyList<RemovableParts> Of(TransformerModel model) =>
    [
        .. model.Blocks.SelectMany(block => block.Attentions.Select((attention, index) =>
            new RemovableParts(FormattableString.Invariant($"heads.{block.Index}.{index}"), attention.KeptHeads, attention.RemoveHeads))),
        .. model.Blocks.SelectMany(block => block.FeedForwards.Select((layer, index) =>
            new RemovableParts(Neurons(block, index), layer.KeptNeurons, layer.RemoveNeurons))),
    ];

    /// <summary>Experts have a second number.</summary>
    private static string Neurons(TransformerBlock block, int index) => block.FeedForwards.Count == 1
        ? FormattableString.Invariant($"neurons.{block.Index}")
        : FormattableString.Invariant($"neurons.{block.Index}.{index}");
}
