namespace Sparsum.Pruning.OneShot;

/// <summary>What a run is going to take, known before it starts.</summary>
/// <param name="Memory">The memory.</param>
/// <param name="FloatingPointOperations">
/// Multiplications and additions in its matrix products and factorisations. Divided by the rate that a machine reaches in them, a lower
/// bound of the time.
/// </param>
public sealed record RunPlan(MemoryEstimate Memory, double FloatingPointOperations);
