namespace Sparsum.Pruning.OneShot;

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
