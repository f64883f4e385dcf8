using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>The perplexity of the model as the run would prune it with some ratios, on windows of a text.</summary>
internal sealed class CandidatePerplexity(AllocationContext context, CalibrationSet windows)
{
    private readonly PrunedTrial trial = new(context, context.Calibration, windows, context.Task.SearchPruner);

    private CausalLanguageModel Model => context.Pretrained.LanguageModel;

    /// <summary>Prunes and measures; the model is as it was afterwards.</summary>
    /// <param name="ratios">The ratio of every block.</param>
    /// <param name="name">What to call it in progress reports.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public double Measure(IReadOnlyList<double> ratios, string name, CancellationToken cancellationToken) => trial.Run(
        new SparsityPlan(Model.Blocks.Select(block => block.Linears.Select(_ => ratios[block.Index]))),
        name,
        (computation, states, progress) => WindowPerplexity.Compute(Model, computation, windows, states, progress, cancellationToken),
        cancellationToken);
}
