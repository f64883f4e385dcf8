namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation takes, from shapes alone.</summary>
/// <param name="Bytes">
/// The memory that it needs at most with everything that is there while it works; 0 where that is less than pruning needs.
/// </param>
/// <param name="Operations">The floating-point operations of its matrix products and factorisations.</param>
/// <param name="StateBytes">
/// The most bytes that it keeps in <see cref="AllocationContext.StateFolder"/> at a time; 0 where that is next to nothing.
/// </param>
public readonly record struct AllocationCost(long Bytes = 0, double Operations = 0, long StateBytes = 0);
