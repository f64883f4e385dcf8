using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>What a search takes, from shapes alone.</summary>
/// <param name="Data">The calibration sequences.</param>
/// <param name="Windows">The windows that pruned models are measured on.</param>
/// <param name="Budget">How many are measured at most.</param>
internal sealed record DsaSearchCost(CalibrationShape Data, CalibrationShape Windows, int Budget)
{
    /// <summary>
    /// Memory of one measurement: the states of the calibration sequences, unless the method needs none, and those of the windows, each with
    /// activations of their own; with them a block and what the method gathers, or the head and the logits of one window.
    /// </summary>
    public long Bytes(TransformerModel model, StatisticKinds needs, MemoryEstimate pruning)
    {
        long states = Windows.Tokens * model.HiddenSize * sizeof(float);
        long activations = MemoryEstimate.ActivationsOf(model, Windows);
        if (needs != StatisticKinds.None)
        {
            states += pruning.HiddenStateBytes;
            activations += pruning.ActivationBytes;
        }

        long tokens = Windows.Tokens + (needs != StatisticKinds.None ? Data.Tokens : 0);
        long block = pruning.BlockBytes + PrunedBlock.MostBytes(pruning.BlockBytes, tokens) + pruning.TensorBytes + pruning.HessianBytes;
        return states + Math.Max(
            pruning.EmbeddingBytes + MemoryEstimate.EmbeddingActivationsOf(model, Windows), activations + Math.Max(block, WindowPerplexity.Bytes(model, Windows)));
    }

    /// <summary>Operations of all measurements, if none ends the search early.</summary>
    public double Work(TransformerModel model, StatisticKinds needs)
    {
        double one = model.Blocks.Sum(block => WorkEstimate.Propagating(block, Windows)) + WindowPerplexity.Work(model, Windows);
        if (needs != StatisticKinds.None)
        {
            one += model.Blocks.Sum(block => WorkEstimate.Observing(block, Data)
                + WorkEstimate.Propagating(block, Data) + WorkEstimate.Pruning(block, needs, Data.Tokens));
        }

        return Budget * one;
    }
}
