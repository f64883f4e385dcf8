namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>First moments of the input of one layer (Zhang et al. 2024, Dynamic Sparse No Training).</summary>
/// <param name="Sums">For each feature <c>c</c>: <c>m_c = (1/N) Σ_n Σ_t x</c>, the sum over a sequence, averaged over sequences.</param>
/// <param name="Variances">
/// For each feature <c>c</c>: <c>v_c</c>, the population variance within a sequence, averaged over sequences by their tokens. What differs between
/// sequences does not count.
/// </param>
public sealed record InputMoments(IReadOnlyList<double> Sums, IReadOnlyList<double> Variances);
