using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Divergence;

/// <summary>
/// How far the next-token distributions of the model pruned by a plan are from the dense ones, on windows of text. The dense model runs once,
/// when first needed.
/// </summary>
/// <param name="context">The model.</param>
/// <param name="calibration">The sequences that statistics are gathered on.</param>
/// <param name="windows">What is judged on.</param>
/// <param name="pruner">Prunes.</param>
internal sealed class DivergenceJudge(AllocationContext context, CalibrationSet calibration, CalibrationSet windows, ILayerPruner pruner) : IDisposable
{
    private readonly PrunedTrial trial = new(context, calibration, windows, pruner);
    private readonly Computation computation = new(context.Backend);
    private DenseOutputs? dense;

    /// <summary>Nats per token; the model is as it was afterwards.</summary>
    /// <param name="plan">How sparse each layer becomes.</param>
    /// <param name="name">What to call it in progress reports.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public double Measure(SparsityPlan plan, string name, CancellationToken cancellationToken)
    {
        dense ??= new PrunedTrial(context, null, windows, null).Run(
            null,
            "dense model",
            (_, states, _) => new DenseOutputs(context.Pretrained.LanguageModel, computation, windows, states, cancellationToken),
            cancellationToken);
        return trial.Run(plan, name, (_, states, _) => dense.DivergenceOf(states, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        dense?.Dispose();
        computation.Dispose();
    }
}

/// <summary>What trials that prune a model and judge it take, from shapes alone.</summary>
internal static class TrialCost
{
    /// <summary>All of them, one after the other, and the dense model once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="needs">What the method gathers.</param>
    /// <param name="pruning">The memory that pruning needs.</param>
    /// <param name="calibration">The sequences that statistics are gathered on.</param>
    /// <param name="windows">What is judged on.</param>
    /// <param name="trials">How many models are pruned.</param>
    public static AllocationCost Of(
        TransformerModel model, StatisticKinds needs, MemoryEstimate pruning, CalibrationShape calibration, CalibrationShape windows, int trials)
    {
        bool looks = needs != StatisticKinds.None && !ReferenceEquals(calibration, windows);
        bool observes = needs != StatisticKinds.None;
        long states = (windows.Tokens + (looks ? calibration.Tokens : 0)) * model.HiddenSize * sizeof(float);
        long activations = MemoryEstimate.ActivationsOf(model, windows) + (looks ? MemoryEstimate.ActivationsOf(model, calibration) : 0);
        long block = pruning.BlockBytes + PrunedBlock.MostBytes(pruning.BlockBytes, windows.Tokens + (looks ? calibration.Tokens : 0))
            + pruning.TensorBytes + pruning.HessianBytes;
        long outputs = DenseOutputs.Bytes(model, windows);
        long embedding = pruning.EmbeddingBytes + MemoryEstimate.EmbeddingActivationsOf(model, windows);
        double dense = model.Blocks.Sum(block => WorkEstimate.Propagating(block, windows)) + DenseOutputs.Work(model, windows.Tokens);
        double pruned = dense + (observes
            ? model.Blocks.Sum(block => WorkEstimate.Observing(block, calibration)
                + (looks ? WorkEstimate.Propagating(block, calibration) : 0) + WorkEstimate.Pruning(block, needs, calibration.Tokens))
            : 0);
        return new AllocationCost(
            states + DenseOutputs.KeptBytes(model, windows.Tokens) + Math.Max(embedding, activations + Math.Max(block, outputs)),
            dense + (trials * pruned));
    }
}
