using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Runs calibration sequences through embeddings and single blocks, batch by batch. It holds no states of its own: whoever calls gives the
/// hidden states, so that several candidates can each carry theirs. Blocks are given loaded.
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
    public HiddenStates CreateStates() => new(checked(calibration.Samples * calibration.SequenceLength), model.HiddenSize);

    /// <summary>Fills the hidden states with what enters block 0; the embeddings must be loaded.</summary>
    public void Embed(HiddenStates states, CancellationToken cancellationToken)
    {
        Run(PrunePhase.Embed, -1, states, null, (pass, batch, rows) => Replace(rows, model.Embed(pass, batch)), cancellationToken);
        Computation.Workspace.Trim();
    }

    /// <summary>Runs a block for the sake of its layers' inputs; the hidden states stay.</summary>
    public void Observe(TransformerBlock block, HiddenStates states, ILinearObserver observer, CancellationToken cancellationToken) => Run(
        PrunePhase.Observe, block.Index, states, observer, (pass, _, rows) => block.Forward(pass, rows).Dispose(), cancellationToken);

    /// <summary>Replaces the hidden states by the block's outputs.</summary>
    public void Propagate(
        TransformerBlock block, HiddenStates states, CancellationToken cancellationToken, ILinearObserver? observer = null) => Run(
        PrunePhase.Propagate, block.Index, states, observer, (pass, _, rows) => Replace(rows, block.Forward(pass, rows)), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => Computation.Dispose();

    private static void Replace(Tensor states, Tensor result)
    {
        result.CopyTo(states);
        result.Dispose();
    }

    private void Run(
        PrunePhase phase,
        int block,
        HiddenStates states,
        ILinearObserver? observer,
        Action<ForwardPass, TokenBatch, Tensor> step,
        CancellationToken cancellationToken)
    {
        long total = states.States.RowCount;
        foreach (var (first, batch) in CalibrationBatches.Of(calibration))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new PruneProgress(phase, block, model.Blocks.Count, null, first, total));
            var pass = model.BeginPass(Computation, batch, observer: observer);
            step(pass, batch, states.States.Rows(first, batch.InputIds.Length));
        }

        progress?.Report(new PruneProgress(phase, block, model.Blocks.Count, null, total, total));
    }
}
