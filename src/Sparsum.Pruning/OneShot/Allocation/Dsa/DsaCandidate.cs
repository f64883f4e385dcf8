using System.Globalization;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>An expression that a search may try, with what it makes of the model.</summary>
/// <param name="Expression">The expression.</param>
/// <param name="Importances">Its values for every block.</param>
/// <param name="Ratios">The ratio of every block.</param>
internal sealed record DsaCandidate(DsaExpression Expression, float[] Importances, double[] Ratios)
{
    /// <summary>Says which ratios these are: expressions with the same are the same candidate.</summary>
    public string Key { get; } = string.Join(' ', Ratios.Select(ratio => ratio.ToString("R", CultureInfo.InvariantCulture)));
}
