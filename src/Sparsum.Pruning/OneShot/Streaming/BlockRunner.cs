using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>Runs calibration sequences through embeddings and single blocks, and tells of every batch, see <see cref="BlockwiseForward"/>.</summary>
internal sealed class BlockRunner(
    TransformerModel model, IBackend backend, CalibrationSet calibration, IProgress<PruneProgress>? progress, ProcessGroup? group = null) : IDisposable
{
    private readonly Computation computation = new(backend);
    private BlockwiseForward? forward;

    /// <summary>The operations and their workspace.</summary>
    public Computation Computation => computation;

    private BlockwiseForward Forward => forward ??= new(model, computation, CalibrationBatches.Of(calibration), group);

    /// <summary>Room for the hidden states of all sequences.</summary>
    public HiddenStates CreateStates() => Forward.CreateStates();

    /// <summary>Fills the hidden states with what enters the first block of each stack; the embeddings must be loaded.</summary>
    public void Embed(HiddenStates states, CancellationToken cancellationToken) => Forward.Embed(states, Report(PrunePhase.Embed, -1), cancellationToken);

    /// <summary>Runs a block for the sake of its layers' inputs; the hidden states stay.</summary>
    public void Observe(TransformerBlock block, HiddenStates states, ILinearObserver observer, CancellationToken cancellationToken) =>
        Forward.Observe(block, states, observer, Report(PrunePhase.Observe, block.Index), cancellationToken);

    /// <summary>Replaces the hidden states by the block's outputs.</summary>
    public void Propagate(
        TransformerBlock block, HiddenStates states, CancellationToken cancellationToken, ILinearObserver? observer = null) =>
        Forward.Propagate(block, states, observer, Report(PrunePhase.Propagate, block.Index), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => computation.Dispose();

    private BlockwiseForward.Report Report(PrunePhase phase, int block) =>
        (done, total) => progress?.Report(new PruneProgress(phase, block, model.Blocks.Count, null, done, total));
}
