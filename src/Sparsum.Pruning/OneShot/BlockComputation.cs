using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;
using Sparsum.Transformers.Errors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// The arithmetic of the block-by-block procedure: embed, observe the dense block, prune its layers, propagate through the pruned block.
/// Blocks are given loaded; nothing is read or written here.
/// </summary>
internal sealed class BlockComputation : IDisposable
{
    private readonly TransformerModel model;
    private readonly CalibrationSet? calibration;
    private readonly Computation computation;
    private readonly IProgress<PruneProgress>? progress;

    public BlockComputation(
        TransformerModel model, IBackend backend, CalibrationSet? calibration, IProgress<PruneProgress>? progress)
    {
        this.model = model;
        this.calibration = calibration;
        this.progress = progress;
        computation = new Computation(backend);
        if (calibration is not null)
        {
            Hidden = new HiddenStates(checked(calibration.Samples * calibration.SequenceLength), model.HiddenSize);
        }
    }

    /// <summary>What enters the next block; null without calibration.</summary>
    public HiddenStates? Hidden { get; }

    /// <summary>Fills the hidden states with what enters block 0; the embeddings must be loaded.</summary>
    public void Embed(CancellationToken cancellationToken)
    {
        Run(PrunePhase.Embed, -1, null, (pass, batch, states) => Replace(states, model.Embed(pass, batch)), cancellationToken);
        computation.Workspace.Trim();
    }

    /// <summary>Observes the inputs of a dense block's layers, then zeroes what the masks say.</summary>
    /// <param name="block">The block, loaded.</param>
    /// <param name="saliency">Scores the weights.</param>
    /// <param name="rule">Makes the masks.</param>
    /// <param name="ratios">The sparsity of each layer.</param>
    /// <param name="cancellationToken">Ends the work between batches or layers.</param>
    /// <exception cref="RunFailedException">Activations or scores are not finite.</exception>
    public BlockSparsity Prune(
        TransformerBlock block, ISaliency saliency, IMaskRule rule, Func<int, double> ratios, CancellationToken cancellationToken)
    {
        var observer = new InputObserver(computation.Backend);
        Run(PrunePhase.Observe, block.Index, observer, (pass, _, states) => block.Forward(pass, states).Dispose(), cancellationToken);
        var layers = new List<LayerSparsity>();
        foreach (var (place, linear) in block.Linears.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new PruneProgress(PrunePhase.Prune, block.Index, model.Blocks.Count, linear.Name));
            var statistics = calibration is null ? null : observer.StatisticsOf(linear, calibration.Samples);
            RequireFinite(block, linear, statistics);
            PruneLayer(linear, saliency.Prepare(linear.Weight.Value, statistics), rule, ratios(place));
            layers.Add(new LayerSparsity(
                linear.Name, linear.OutputSize, linear.InputSize, WeightMasking.CountZeros(linear.Weight.Value)));
        }

        return new BlockSparsity(block.Index, block.Name, layers);
    }

    /// <summary>Replaces the hidden states by the block's outputs.</summary>
    public void Propagate(TransformerBlock block, CancellationToken cancellationToken) => Run(
        PrunePhase.Propagate, block.Index, null, (pass, _, states) => Replace(states, block.Forward(pass, states)), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Hidden?.Dispose();
        computation.Dispose();
    }

    private static void Replace(Tensor states, Tensor result)
    {
        result.CopyTo(states);
        result.Dispose();
    }

    private static void RequireFinite(TransformerBlock block, Linear linear, LayerStatistics? statistics)
    {
        for (int c = 0; statistics is not null && c < statistics.InputNorms.Length; c++)
        {
            if (!float.IsFinite(statistics.InputNorms[c]))
            {
                throw new RunFailedException(
                    "non-finite-activations", $"The inputs of layer '{linear.Name}' in block {block.Index} are not finite.")
                {
                    Found = FormattableString.Invariant($"the norm {statistics.InputNorms[c]} of input feature {c}"),
                    Expected = "finite numbers",
                    Hint = "Check the dense model with evaluate --perplexity; its weights may be damaged.",
                };
            }
        }
    }

    private void PruneLayer(Linear linear, RowScorer scorer, IMaskRule rule, double ratio)
    {
        var weight = linear.Weight.Value;
        linear.Unpack();
        var scores = new LayerScores(linear.Name, linear.OutputSize, linear.InputSize, scorer, computation.Backend.Threads);
        rule.Select(scores, ratio, (row, pruned) => WeightMasking.Zero(weight.Row(row), pruned));
    }

    private void Run(
        PrunePhase phase, int block, ILinearObserver? observer, Action<ForwardPass, TokenBatch, Tensor> step, CancellationToken cancellationToken)
    {
        if (calibration is null)
        {
            return;
        }

        long total = Hidden!.States.RowCount;
        foreach (var (first, batch) in CalibrationBatches.Of(calibration))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new PruneProgress(phase, block, model.Blocks.Count, null, first, total));
            var pass = model.BeginPass(computation, batch, observer: observer);
            step(pass, batch, Hidden.States.Rows(first, batch.InputIds.Length));
        }

        progress?.Report(new PruneProgress(phase, block, model.Blocks.Count, null, total, total));
    }
}
