namespace Sparsum.Evaluation.Latency;

/// <summary>How far a measurement is.</summary>
/// <param name="Completed">Rounds done, warm-up included.</param>
/// <param name="Total">All rounds.</param>
public readonly record struct LatencyProgress(int Completed, int Total);
