using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.HeadElimination;

/// <summary>An attention module and where it is, in the words of <see cref="PrunedModuleRecord"/>.</summary>
/// <param name="Block">Its block.</param>
/// <param name="Attention">The module.</param>
/// <param name="Stack"><c>encoder</c> or <c>decoder</c>.</param>
/// <param name="Layer">Place of the block in its stack, from 0.</param>
/// <param name="Kind"><c>self</c> or <c>cross</c>.</param>
internal sealed record AttentionPlace(TransformerBlock Block, AttentionLayer Attention, string Stack, int Layer, string Kind)
{
    /// <summary>Every module of a model, stack by stack.</summary>
    public static IReadOnlyList<AttentionPlace> Of(TransformerModel model) =>
    [
        .. model.Blocks.GroupBy(block => block.Attention.IsCausal).SelectMany(stack => stack.Index().SelectMany(place =>
            place.Item.Attentions.Select(attention => new AttentionPlace(
                place.Item,
                attention,
                stack.Key ? "decoder" : "encoder",
                place.Index,
                ReferenceEquals(attention, place.Item.Attention) ? "self" : "cross")))),
    ];
}
