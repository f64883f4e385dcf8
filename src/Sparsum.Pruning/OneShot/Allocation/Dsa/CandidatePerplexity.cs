using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// The perplexity of the model as the run would prune it with some ratios, on windows of a text. One block is in memory at a time: as soon
/// as it is pruned, the calibration sequences and the windows go through it.
/// </summary>
internal sealed class CandidatePerplexity(AllocationContext context, CalibrationSet windows)
{
    private CausalLanguageModel Model => context.Pretrained.LanguageModel;

    /// <summary>Prunes and measures; the model is as it was afterwards.</summary>
    /// <param name="ratios">The ratio of every block.</param>
    /// <param name="name">What to call it in progress reports.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public double Measure(IReadOnlyList<double> ratios, string name, CancellationToken cancellationToken)
    {
        var progress = new AllocationProgress(context.Progress) { Candidate = name };
        var calibration = context.Task.SearchPruner.Needs == StatisticKinds.None ? null : context.Calibration;
        var plan = new SparsityPlan(Model.Blocks.Select(block => block.Linears.Select(_ => ratios[block.Index])));
        using var pruning = new BlockComputation(Model, context.Backend, calibration, progress);
        using var runner = new BlockRunner(Model, context.Backend, windows, progress);
        using var states = runner.CreateStates();
        using (new LoadedParameters(context.Pretrained, Model.EmbeddingParameters, cancellationToken))
        {
            pruning.Embed(cancellationToken);
            runner.Embed(states, cancellationToken);
        }

        foreach (var block in Model.Blocks)
        {
            using var loaded = new LoadedParameters(context.Pretrained, block.Parameters, cancellationToken);
            pruning.Prune(block, context.Task.SearchPruner, plan, cancellationToken);
            pruning.Propagate(block, cancellationToken);
            runner.Propagate(block, states, cancellationToken);
        }

        using (new LoadedParameters(context.Pretrained, Model.HeadParameters, cancellationToken))
        {
            return WindowPerplexity.Compute(Model, runner.Computation, windows, states.States, progress, cancellationToken);
        }
    }
}
