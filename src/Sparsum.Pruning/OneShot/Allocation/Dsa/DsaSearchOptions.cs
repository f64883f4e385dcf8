namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>How expressions are searched for.</summary>
/// <param name="Population">Expressions of one generation.</param>
/// <param name="Budget">Pruned models that are measured at most.</param>
/// <param name="Seed">Seed of every draw.</param>
internal sealed record DsaSearchOptions(int Population, int Budget, long Seed);
