
namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>How far a run is.</summary>
/// <param name="Phase">What it is at.</param>
/// <param name="Block">Index of the block at hand; -1 before the first.</param>
/// <param name="Blocks">Number of blocks.</param>
/// <param name="Layer">Name of the layer at hand, if one is.</param>
/// <param name="TokensDone">Tokens that went through this phase.</param>
/// <param name="Tokens">Tokens that will go through it; 0 for phases without a forward pass.</param>
/// <param name="Candidate">What a search is trying, if it is one.</param>
public readonly record struct PruneProgress(
    PrunePhase Phase, int Block, int Blocks, string? Layer = null, long TokensDone = 0, long Tokens = 0, string? Candidate = null);

/// <summary>What a run is at.</summary>
public enum PrunePhase
{
    /// <summary>Running the embeddings over the calibration sequences.</summary>
    Embed,

    /// <summary>Working out how to spread the sparsity; the tokens of the report count the steps of that work.</summary>
    Allocate,

    /// <summary>Copying what is not pruned.</summary>
    Copy,

    /// <summary>Reading a block's weights.</summary>
    Load,

    /// <summary>Running the dense block and gathering statistics of its layers' inputs.</summary>
    Observe,

    /// <summary>Scoring and masking a layer.</summary>
    Prune,

    /// <summary>Running the pruned block to get the next block's inputs.</summary>
    Propagate,

    /// <summary>Writing the block.</summary>
    Write,

    /// <summary>The block is on disk and a resumed run would go on after it.</summary>
    BlockDone,
}
