namespace Sparsum.Pruning.OneShot;

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
