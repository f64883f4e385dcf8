using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>
/// Runs calibration sequences through embeddings and single blocks, batch by batch. It holds no states of its own: whoever calls gives the
/// hidden states, so that several candidates can each carry theirs. Blocks are given loaded, and so are the parameters that they share.
/// </summary>
internal sealed class BlockRunner : IDisposable
{
    private readonly TransformerModel model;
    private readonly CalibrationSet calibration;
    private readonly IProgress<PruneProgress>? progress;

    public BlockRunner(TransformerModel model, IBackend backend, CalibrationSet calibration, IProgress<PruneProgress>? progress)
    {
        this.model = model;
        this.calibration = calibration;
        this.progress = progress;
        Computation = new Computation(backend);
    }

    /// <summary>The operations and their workspace.</summary>
    public Computation Computation { get; }

    /// <summary>Room for the hidden states of all sequences.</summary>
    public HiddenStates CreateStates() => new(calibration.TokenCount, model.HiddenSize, calibration.TargetTokenCount);

    /// <summary>Fills the hidden states with what enters the first block of each stack; the embeddings must be loaded.</summary>
    public void Embed(HiddenStates states, CancellationToken cancellationToken)
    {
        Run(PrunePhase.Embed, -1, calibration.TokenCount, batch => batch.FirstToken, Embed, cancellationToken);
        Computation.Workspace.Trim();

        void Embed(CalibrationBatch batch)
        {
            Replace(batch.Rows(states), model.Embed(Begin(batch.Tokens, null), batch.Tokens));
            if (batch.Tokens.Target is { } target)
            {
                Replace(batch.TargetRows(states), ((EncoderDecoderModel)model).EmbedTarget(Begin(target, null), target));
            }
        }
    }

    /// <summary>Runs a block for the sake of its layers' inputs; the hidden states stay.</summary>
    public void Observe(TransformerBlock block, HiddenStates states, ILinearObserver observer, CancellationToken cancellationToken) =>
        Run(PrunePhase.Observe, block, states, observer, block.Observe, cancellationToken);

    /// <summary>Replaces the hidden states by the block's outputs.</summary>
    public void Propagate(
        TransformerBlock block, HiddenStates states, CancellationToken cancellationToken, ILinearObserver? observer = null) =>
        Run(PrunePhase.Propagate, block, states, observer, (pass, rows) => Replace(rows, block.Forward(pass, rows)), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => Computation.Dispose();

    private static void Replace(Tensor states, Tensor result)
    {
        result.CopyTo(states);
        result.Dispose();
    }

    private void Run(
        PrunePhase phase,
        TransformerBlock block,
        HiddenStates states,
        ILinearObserver? observer,
        Action<ForwardPass, Tensor> step,
        CancellationToken cancellationToken)
    {
        if (block.CrossAttention is null)
        {
            Run(
                phase,
                block.Index,
                calibration.TokenCount,
                batch => batch.FirstToken,
                batch => step(Begin(batch.Tokens, observer), batch.Rows(states)),
                cancellationToken);
            return;
        }

        // By now the first stack's states are those that left its last block, pruned like the others.
        var pair = (EncoderDecoderModel)model;
        Run(phase, block.Index, calibration.TargetTokenCount, batch => batch.FirstTargetToken, StepWithSource, cancellationToken);

        void StepWithSource(CalibrationBatch batch)
        {
            using var source = pair.FinishSource(Begin(batch.Tokens, null), batch.Rows(states));
            var pass = Begin(batch.Tokens.Target!, observer) with { Source = new EncodedSource(source, batch.Tokens.Length, null) };
            step(pass, batch.TargetRows(states));
        }
    }

    private void Run(
        PrunePhase phase,
        int block,
        int total,
        Func<CalibrationBatch, int> done,
        Action<CalibrationBatch> step,
        CancellationToken cancellationToken)
    {
        foreach (var batch in CalibrationBatches.Of(calibration))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new PruneProgress(phase, block, model.Blocks.Count, null, done(batch), total));
            step(batch);
        }

        progress?.Report(new PruneProgress(phase, block, model.Blocks.Count, null, total, total));
    }

    private ForwardPass Begin(TokenBatch tokens, ILinearObserver? observer)
    {
        observer?.BeginPass(tokens.Batch);
        return model.BeginPass(Computation, tokens, observer: observer);
    }
}
