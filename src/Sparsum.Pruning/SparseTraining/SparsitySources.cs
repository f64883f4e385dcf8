namespace Sparsum.Pruning.SparseTraining;

/// <summary>
/// Where the zeros of a run come from. Every weight that is zero or removed in the end is counted once, by what took it from being not near
/// zero.
/// </summary>
/// <param name="Before">Weights that were zero or removed before the run.</param>
/// <param name="ByPenalty">Weights that training brought below ε: penalties, and the little that happens to lie there.</param>
/// <param name="ByStructure">Weights that went with heads and neurons while they were not near zero.</param>
/// <param name="ByThreshold">Weights that a magnitude threshold set to zero while they were not near zero.</param>
/// <param name="Dense">Weights of the dense model.</param>
public sealed record SparsitySources(long Before, long ByPenalty, long ByStructure, long ByThreshold, long Dense);
