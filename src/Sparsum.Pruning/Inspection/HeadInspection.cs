using Sparsum.Pruning.HeadElimination;

namespace Sparsum.Pruning.Inspection;

/// <summary>The heads of one attention module.</summary>
/// <param name="Kind"><c>self</c> or <c>cross</c>.</param>
/// <param name="Original">Heads of the dense module.</param>
/// <param name="Kept">For each head that is there, by original number, the sum of magnitudes of its output columns.</param>
/// <param name="Removed">The same of heads that training removed, just before they went, as far as the configuration tells.</param>
public sealed record HeadInspection(
    string Kind, int Original, IReadOnlyDictionary<int, double> Kept, IReadOnlyDictionary<int, double> Removed)
{
    /// <summary>Every head whose importance is known, for <see cref="HeadImportance.RelativeOfRemoved"/>.</summary>
    public IReadOnlyList<(double Importance, bool IsRemoved)> Importances =>
        [.. Kept.Values.Select(importance => (importance, false)), .. Removed.Values.Select(importance => (importance, true))];
}
