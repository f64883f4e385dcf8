using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>What learning takes, from shapes alone.</summary>
internal static class BesaCost
{
    /// <summary>The parameters, their gradient, and the starting point, two moments and sums that Prodigy keeps.</summary>
    private const int CopiesOfParameters = 6;

    /// <summary>A recorded pass keeps what it computes, and backward has a gradient of it.</summary>
    private const int CopiesOfActivations = 2;

    /// <summary>All of it.</summary>
    public static AllocationCost Of(TransformerModel model, BesaLearning options, MemoryEstimate pruning, CalibrationShape data) =>
        new(Bytes(model, options, pruning, data), Work(model, options, data), StateBytes(model, data));

    /// <summary>
    /// Memory: the hidden states twice, as inputs and as reference; a block with a copy of its weights, their gradients and the order of
    /// their columns; what is learned; and the activations of a batch, or of one sequence with their gradients.
    /// </summary>
    private static long Bytes(TransformerModel model, BesaLearning options, MemoryEstimate pruning, CalibrationShape data)
    {
        var sequence = new CalibrationShape(1, data.SequenceLength);
        long recorded = CopiesOfActivations * MemoryEstimate.ActivationsOf(model, sequence);

        // The pool keeps both where their shapes differ.
        long activations = data.BatchTokens > sequence.Tokens ? pruning.ActivationBytes + recorded : Math.Max(pruning.ActivationBytes, recorded);
        return (2 * pruning.HiddenStateBytes) + Math.Max(
            pruning.EmbeddingBytes,
            pruning.BlockBytes + model.Blocks.Max(block => Learning(block, options)) + activations);
    }

    /// <summary>
    /// Disk: inputs and reference behind a block, beside those behind the block before it until they are written. Nothing comes behind the
    /// last block.
    /// </summary>
    private static long StateBytes(TransformerModel model, CalibrationShape data) =>
        2 * Math.Min(2, model.Blocks.Count - 1) * data.Tokens * model.HiddenSize * sizeof(float);

    /// <summary>
    /// Operations: a pass forward and back for each sequence and epoch, the dense and the masked pass, and where the reference is the dense
    /// model one more. Backward forms two products for each one of forward, but one where a layer reads what enters the block.
    /// </summary>
    private static double Work(TransformerModel model, BesaLearning options, CalibrationShape data) => model.Blocks.Sum(block =>
    {
        bool isLast = block.Index + 1 == model.Blocks.Count;
        double entering = 2.0 * data.Tokens * Entering(block).Sum(BlockSizes.Of);
        double step = (3 * WorkEstimate.Propagating(block, data)) - entering;
        double dense = WorkEstimate.Propagating(block, data) + (options.IsReferenceDense ? WorkEstimate.Observing(block, data) : 0);
        return (options.Epochs * step) + dense + (isLast ? 0 : WorkEstimate.Propagating(block, data));
    });

    private static long Learning(TransformerBlock block, BesaLearning options)
    {
        long rows = block.Linears.Sum(linear => (long)linear.OutputSize);
        long weights = block.Linears.Sum(BlockSizes.Of) * (sizeof(float) + sizeof(float) + sizeof(int) + (options.IsExact ? sizeof(float) : 0));
        long parameters = (options.IsRowWise ? rows : block.Linears.Count) * BesaCandidates.Count * sizeof(float) * CopiesOfParameters;
        long sums = block.Linears.Max(linear => (long)linear.OutputSize) * BesaCandidates.Count * sizeof(double);
        return weights + parameters + sums;
    }

    /// <summary>The layers that read the block's input, or a norm of it: nothing before them is learned.</summary>
    private static IEnumerable<Linear> Entering(TransformerBlock block) =>
    [
        block.Attention.Query, block.Attention.Key, block.Attention.Value,
        .. block.SharesInput ? block.FeedForwards.SelectMany(layer => layer.Expand) : [],
    ];
}
