using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.HeadElimination;

/// <summary>What one elimination did to one attention module.</summary>
/// <param name="Merges">The heads that went, ascending; empty when none was redundant.</param>
/// <param name="Importances">
/// For every head that was present, by original number, the sum of magnitudes of its output columns before the merge.
/// </param>
/// <param name="Slices">
/// What stayed of each parameter. After physical removal the moments of an optimiser are cut with them; after masking the removed part of
/// the moments is cleared (<see cref="ParameterSlice.ClearRemoved"/>).
/// </param>
public sealed record HeadEliminationResult(
    IReadOnlyList<HeadMerge> Merges, IReadOnlyDictionary<int, double> Importances, IReadOnlyList<ParameterSlice> Slices);
