using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Divergence;

/// <summary>
/// Prunes a model as a run would, for the sake of a measure on some windows. One block is in memory at a time: as soon as it is pruned, the
/// calibration sequences and the windows go through it.
/// </summary>
/// <param name="context">The model.</param>
/// <param name="calibration">The sequences that statistics are gathered on; null for none.</param>
/// <param name="windows">What is measured on.</param>
/// <param name="pruner">Prunes; null leaves the model dense.</param>
internal sealed class PrunedTrial(AllocationContext context, CalibrationSet? calibration, CalibrationSet windows, ILayerPruner? pruner)
{
    /// <summary>A measure from the states behind the last block; the parameters of the head are loaded.</summary>
    public delegate TResult Measure<out TResult>(Computation computation, Tensor states, IProgress<PruneProgress> progress);

    private CausalLanguageModel Model => context.Pretrained.LanguageModel;

    /// <summary>Prunes and measures; the model is as it was afterwards.</summary>
    /// <param name="plan">How sparse each layer becomes; null where nothing is pruned.</param>
    /// <param name="name">What to call it in progress reports.</param>
    /// <param name="measure">The measure.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public TResult Run<TResult>(SparsityPlan? plan, string name, Measure<TResult> measure, CancellationToken cancellationToken)
    {
        var progress = new AllocationProgress(context.Progress) { Candidate = name };
        bool looks = pruner is not null && pruner.Needs != StatisticKinds.None;
        using var pruning = new BlockComputation(Model, context.Backend, looks ? calibration : null, progress);
        using var runner = new BlockRunner(Model, context.Backend, windows, progress);

        // Where the model is measured on the very sequences that statistics are gathered on, these go through it once.
        bool isSame = looks && ReferenceEquals(calibration, windows);
        using var own = isSame ? null : runner.CreateStates();
        var states = own ?? pruning.Hidden!;
        using (new LoadedParameters(context.Pretrained, Model.EmbeddingParameters, cancellationToken))
        {
            pruning.Embed(cancellationToken);
            if (!isSame)
            {
                runner.Embed(states, cancellationToken);
            }
        }

        foreach (var block in Model.Blocks)
        {
            using var loaded = new LoadedParameters(context.Pretrained, block.Parameters, cancellationToken);
            if (pruner is not null)
            {
                pruning.Prune(block, pruner, plan!, cancellationToken);
            }

            using var packed = pruner is null
                ? null : new PrunedBlock(block, context.Backend, windows.TokenCount + (looks && !isSame ? calibration!.TokenCount : 0));
            if (isSame || block.Index + 1 < Model.Blocks.Count)
            {
                pruning.Propagate(block, cancellationToken);
            }

            if (!isSame)
            {
                runner.Propagate(block, states, cancellationToken);
            }
        }

        using (new LoadedParameters(context.Pretrained, Model.HeadParameters, cancellationToken))
        {
            return measure(runner.Computation, states.States, progress);
        }
    }
}
