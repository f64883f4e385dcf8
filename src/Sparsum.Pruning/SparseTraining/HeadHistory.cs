using Sparsum.Pruning.HeadElimination;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>The heads of one attention module in the course of a run.</summary>
/// <param name="Block">Index of the block in the model.</param>
/// <param name="Record">Which heads are left, and when and into which the others went.</param>
public sealed record HeadHistory(int Block, PrunedModuleRecord Record);
