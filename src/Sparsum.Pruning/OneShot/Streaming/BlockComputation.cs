using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>
/// The arithmetic of the block-by-block procedure: embed, observe the dense block, prune its layers, propagate through the pruned block.
/// Blocks are given loaded; nothing is read or written here.
/// </summary>
internal sealed class BlockComputation : IDisposable
{
    private readonly TransformerModel model;
    private readonly IBackend backend;
    private readonly CalibrationSet? calibration;
    private readonly IProgress<PruneProgress>? progress;
    private readonly BlockRunner? runner;
    private HiddenStates? hidden;

    public BlockComputation(
        TransformerModel model, IBackend backend, CalibrationSet? calibration, IProgress<PruneProgress>? progress, ProcessGroup? group = null)
    {
        this.model = model;
        this.backend = backend;
        this.calibration = calibration;
        this.progress = progress;
        runner = calibration is null ? null : new BlockRunner(model, backend, calibration, progress, group);
    }

    /// <summary>What enters the next block; null without calibration. Takes its memory when first asked for, which an allocation may need before.</summary>
    public HiddenStates? Hidden => hidden ??= runner?.CreateStates();

    /// <summary>Fills the hidden states with what enters block 0; the embeddings must be loaded.</summary>
    public void Embed(CancellationToken cancellationToken) => runner?.Embed(Hidden!, cancellationToken);

    /// <summary>Observes the inputs of a dense block's layers, then prunes the layers.</summary>
    /// <param name="block">The block, loaded.</param>
    /// <param name="pruner">Prunes its layers.</param>
    /// <param name="plan">How sparse each layer is to become.</param>
    /// <param name="cancellationToken">Ends the work between batches or layers.</param>
    /// <exception cref="RunFailedException">Activations or scores are not finite.</exception>
    public BlockSparsity Prune(TransformerBlock block, ILayerPruner pruner, SparsityPlan plan, CancellationToken cancellationToken)
    {
        using var observer = new InputObserver(backend, pruner.Needs);
        if (pruner.Needs != StatisticKinds.None)
        {
            runner?.Observe(block, Hidden!, observer, cancellationToken);
        }

        var layers = new List<LayerSparsity>();
        foreach (var (place, linear) in block.Linears.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new PruneProgress(PrunePhase.Prune, block.Index, model.Blocks.Count, linear.Name));
            var statistics = pruner.Needs == StatisticKinds.None ? null : observer.StatisticsOf(linear, calibration!.Samples);
            RequireFinite(block, linear, statistics);
            string? note = pruner.Prune(block, linear, statistics, plan.Target(block.Index, place), backend);
            layers.Add(new LayerSparsity(linear.Name, linear.OutputSize, linear.InputSize, Zeros.Count(linear.Weight.Value))
            {
                Note = note,
                RoundedToZero = linear.Weight.Grid?.RoundedToZero ?? 0,
                Tokens = statistics is null || block.FeedForwards.Count == 1 || !block.FeedForward.Linears.Contains(linear) ? null : statistics.Tokens,
            });
        }

        return new BlockSparsity(block.Index, block.Name, layers);
    }

    /// <summary>Replaces the hidden states by the block's outputs.</summary>
    public void Propagate(TransformerBlock block, CancellationToken cancellationToken) => runner?.Propagate(block, Hidden!, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        hidden?.Dispose();
        runner?.Dispose();
    }

    /// <summary>Refuses statistics of activations that are not finite.</summary>
    /// <exception cref="RunFailedException">Some are not.</exception>
    internal static void RequireFinite(TransformerBlock block, Linear linear, LayerStatistics? statistics)
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
                    Hint = "Check the dense model by its perplexity; its weights may be damaged.",
                };
            }
        }
    }
}
