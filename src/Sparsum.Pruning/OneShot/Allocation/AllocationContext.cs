using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation may look at.</summary>
public sealed record AllocationContext
{
    /// <summary>The model; its parameters are not loaded, and an allocation that loads some releases them again.</summary>
    public required PretrainedModel Pretrained { get; init; }

    /// <summary>What is spread, and what will prune by it.</summary>
    public required AllocationTask Task { get; init; }

    /// <summary>The target over all pruned matrices, from 0 to below 1.</summary>
    public double Sparsity => Task.Sparsity;

    /// <summary>Calibration sequences; null when none were given.</summary>
    public CalibrationSet? Calibration { get; init; }

    /// <summary>What computes.</summary>
    public required IBackend Backend { get; init; }

    /// <summary>Told of phases and blocks.</summary>
    public IProgress<PruneProgress>? Progress { get; init; }

    /// <summary>
    /// A folder of the run's own. What an allocation keeps there is still there when an interrupted run is resumed with the same options.
    /// </summary>
    public required string StateFolder { get; init; }

    /// <summary>
    /// Whether hidden states, which are large, may be kept there too. Without them an interrupted search starts again with what it was at.
    /// </summary>
    public bool KeepsStates { get; init; } = true;

    /// <summary>
    /// The processes that the run belongs to. Passes for statistics are shared among them; everything else each does by itself, with the same bits.
    /// </summary>
    public ProcessGroup Group { get; init; } = ProcessGroup.Single;

    /// <summary>Runs all calibration sequences once through the dense model, one block in memory at a time.</summary>
    /// <param name="look">
    /// Sees each block, loaded, and asks what was seen of the input of one of its layers; both are gone when it returns.
    /// </param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public void ForEachDenseBlock(Action<TransformerBlock, Func<Linear, LayerStatistics>> look, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(look);
        var calibration = Calibration ?? throw new InvalidOperationException("There are no calibration sequences: say NeedsCalibration.");
        using var runner = new BlockRunner(Pretrained.Model, Backend, calibration, new AllocationProgress(Progress), Group);
        using var states = runner.CreateStates();
        using (new LoadedParameters(Pretrained, Pretrained.Model.EmbeddingParameters, cancellationToken))
        {
            runner.Embed(states, cancellationToken);
        }

        foreach (var block in Pretrained.Model.Blocks)
        {
            using var loaded = new LoadedParameters(Pretrained, block.Parameters, cancellationToken);
            using var observer = new InputObserver(Backend);
            runner.Propagate(block, states, cancellationToken, observer);
            look(block, layer => observer.StatisticsOf(layer, calibration.Samples));
        }
    }
}

/// <summary>
/// Turns the reports of a block runner into those of an allocation, which takes several passes through a block, each for one candidate.
/// </summary>
/// <param name="target">Who is told.</param>
internal sealed class AllocationProgress(IProgress<PruneProgress>? target) : IProgress<PruneProgress>
{
    /// <summary>Passes through the block that are done.</summary>
    public int Done { get; set; }

    /// <summary>Passes through the block.</summary>
    public int Passes { get; set; } = 1;

    /// <summary>What the passes are for.</summary>
    public string? Candidate { get; set; }

    /// <inheritdoc/>
    public void Report(PruneProgress value) => target?.Report(value with
    {
        Phase = PrunePhase.Allocate,
        TokensDone = (Done * value.Tokens) + value.TokensDone,
        Tokens = Passes * value.Tokens,
        Candidate = Candidate,
    });
}
