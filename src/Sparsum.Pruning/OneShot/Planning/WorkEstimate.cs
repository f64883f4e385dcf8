using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Planning;

/// <summary>Counts the floating-point operations of a run from shapes alone.</summary>
internal static class WorkEstimate
{
    /// <summary>Those of pruning.</summary>
    public static double OfPruning(TransformerModel model, StatisticKinds needs, CalibrationShape? data) =>
        data is null || needs == StatisticKinds.None
            ? 0
            : model.Blocks.Sum(block => Observing(block, data) + Propagating(block, data) + Pruning(block, needs, data.Tokens));

    /// <summary>One pass of all sequences through a block.</summary>
    public static double Propagating(TransformerBlock block, CalibrationShape data) =>
        data.Tokens * ((2.0 * block.Linears.Sum(Size)) + Attention(block, data.SequenceLength));

    /// <summary>The same without the block's last product, whose result nobody reads.</summary>
    public static double Observing(TransformerBlock block, CalibrationShape data) =>
        Propagating(block, data) - (2.0 * data.Tokens * block.FeedForwards.Sum(layer => Size(layer.Contract)));

    /// <summary>
    /// Gathering a Hessian per layer, its factorisation and the update of the weights; nothing for methods that only score. Layers that
    /// share an input are counted once by their first two steps, which this overstates a little.
    /// </summary>
    public static double Pruning(TransformerBlock block, StatisticKinds needs, long tokens) => !needs.HasFlag(StatisticKinds.Hessian) ? 0
        : block.Linears.Select(layer => layer.InputSize).Distinct().Sum(columns => ((double)columns * columns * tokens) + Math.Pow(columns, 3))
            + block.Linears.Sum(layer => Size(layer) * (double)layer.InputSize);

    private static double Size(Linear layer) => (double)layer.OutputSize * layer.InputSize;

    /// <summary>Scores and context of one token; half of it where a token sees only what came before.</summary>
    private static double Attention(TransformerBlock block, int length) => block.Attentions.Sum(
        attention => 4.0 * length * attention.HeadCount * attention.HeadSize * (attention.IsCausal ? 0.5 : 1));
}
