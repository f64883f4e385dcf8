using Sparsum.Pruning.HeadElimination;

namespace Sparsum.Pruning.Inspection;

/// <summary>The heads of one attention module.</summary>
/// <param name="Kind"><c>self</c> or <c>cross</c>.</param>
/// <param name="Original">Heads of the dense module.</param>
/// <param name="Kept">For each head that is there, by original number, the sum of magnitudes of its output columns.</param>
/// <param name="Removed">
/// Of heads that training removed, the same just before they went, beside the mean of those that stayed, as far as the configuration tells.
/// </param>
public sealed record HeadInspection(
    string Kind, int Original, IReadOnlyDictionary<int, double> Kept, IReadOnlyDictionary<int, RemovalImportance> Removed);
