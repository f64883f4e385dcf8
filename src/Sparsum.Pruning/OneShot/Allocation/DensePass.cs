using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>One pass of all calibration sequences through the dense model, one block in memory at a time.</summary>
internal static class DensePass
{
    /// <summary>Runs it.</summary>
    /// <param name="context">Model and calibration sequences.</param>
    /// <param name="look">Sees each block, loaded, and what was observed of its layers' inputs.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    public static void Run(
        AllocationContext context, Action<TransformerBlock, InputObserver> look, CancellationToken cancellationToken)
    {
        var (pretrained, backend) = (context.Pretrained, context.Backend);
        var progress = new AllocationProgress(context.Progress);
        using var runner = new BlockRunner(pretrained.Model, backend, context.Calibration!, progress);
        using var states = runner.CreateStates();
        using (new LoadedParameters(pretrained, pretrained.Model.EmbeddingParameters, cancellationToken))
        {
            runner.Embed(states, cancellationToken);
        }

        foreach (var block in pretrained.Model.Blocks)
        {
            using var loaded = new LoadedParameters(pretrained, block.Parameters, cancellationToken);
            var observer = new InputObserver(backend);
            runner.Propagate(block, states, cancellationToken, observer);
            look(block, observer);
        }
    }
}
