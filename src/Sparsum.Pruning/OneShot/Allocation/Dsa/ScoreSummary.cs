namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>What is known of many values at once.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Variance">Their unbiased variance.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
internal readonly record struct ScoreSummary(double Mean, double Variance, float Least, float Most);
