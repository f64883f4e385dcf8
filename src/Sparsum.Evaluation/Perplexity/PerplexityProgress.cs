namespace Sparsum.Evaluation.Perplexity;

/// <summary>How far a measurement is.</summary>
/// <param name="Completed">Steps done: batches, or batches times layers when streaming.</param>
/// <param name="Total">All steps.</param>
public readonly record struct PerplexityProgress(int Completed, int Total);
